"""What is registered: tasks, cells, optimisers.

A registry knows its names from the source text (``ast``) before anything is imported, so that listing stays
instant; the module behind a name is imported when the name is first used. Built-ins are found by scanning their
package, third parties by entry point, single files by :func:`add_plugin`.
"""

import ast
import hashlib
import importlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from rnnbench import identity
from rnnbench.errors import PluginError, UnknownName, guarded
from rnnbench.grammar import is_name
from rnnbench.identity import PLUGIN

T = TypeVar("T")
C = TypeVar("C", bound=type)


@dataclass(frozen=True)
class Entry:
    """One registered name, as far as its source text tells."""

    name: str
    module: str
    path: Path
    builtin: bool
    summary: str
    """First line of the class docstring."""
    source: str
    """Paper and section, from the class attribute ``source``."""
    kind: str = ""
    """Its family, from the class attribute ``kind``."""
    guessing: str = ""
    """A task's chance level as its author wrote it, from the class attribute ``guessing``."""
    presets: tuple[str, ...] = ()
    distribution: str = ""
    """The installed package that registers it by entry point."""

    @property
    def origin(self) -> str:
        """Where it comes from, in words: built in, a distribution, or a plug-in file."""
        if self.builtin:
            return f"rnnbench itself ({self.path})"
        return f"the package {self.distribution} ({self.path})" if self.distribution else f"the file {self.path}"


class Registry(Generic[T]):
    """Names of one kind (``task``, ``cell``, ``optimiser``) and the classes behind them."""

    def __init__(self, kind: str, variable: str, package: str) -> None:
        self.kind = kind
        self._variable = variable
        self._package = package
        self._entries: dict[str, Entry] = {}
        self._classes: dict[str, type[T]] = {}
        self._scanned = False

    def register(self, name: str) -> Callable[[C], C]:
        """Class decorator: the class is known as ``name``. Raises PluginError on a second use of the name."""

        def add(item: C) -> C:
            earlier = self._classes.get(name)
            if earlier is not None and earlier.__module__ != item.__module__:
                raise PluginError(
                    f"{self.kind} {name!r} is registered twice: in {earlier.__module__} and in {item.__module__}; "
                    "rename one of them."
                )
            item.name = name  # type: ignore[attr-defined]
            self._classes[name] = item
            return item

        return add

    def __getitem__(self, name: str) -> type[T]:
        entry = self.entry(name)
        if name not in self._classes:
            _import(entry)
        if name not in self._classes:
            raise PluginError(f"{entry.path} should register the {self.kind} {name!r} and did not.")
        return self._classes[name]

    def __iter__(self) -> Iterator[str]:
        self._scan()
        return iter(sorted(self._entries))

    def __contains__(self, name: object) -> bool:
        self._scan()
        return name in self._entries

    def entry(self, name: str) -> Entry:
        """What is known of ``name`` without importing it. Raises UnknownName."""
        self._scan()
        if name not in self._entries:
            elsewhere = f"If a plug-in registers the {self.kind}, name its file: --plugin FILE."
            raise UnknownName(self.kind, name, self._entries, elsewhere)
        return self._entries[name]

    def version(self, name: str) -> str:
        """What identifies the definition: the declared version of a built-in, the hash of a plug-in's code."""
        entry = self.entry(name)
        if entry.builtin:
            return str(getattr(self[name], "version", 1))
        return f"sha256:{identity.code(entry.path, entry.module)}"

    def add_file(self, path: Path, module: str, builtin: bool, distribution: str = "") -> list[str]:
        """Note every class that ``path`` registers here; returns the names. Imports nothing.

        Raises PluginError when a name is taken, naming both origins, or cannot be typed in a command. A file that is
        known already is left as it is.
        """
        found = [
            replace(entry, distribution=distribution) for entry in _declared(path, self._variable, module, builtin)
        ]
        names = [entry.name for entry in found]
        for number, entry in enumerate(found):
            if not is_name(entry.name):
                raise PluginError(
                    f"{self.kind} {entry.name!r} in {entry.origin}: a name has letters, "
                    "digits, _ and - only, no digit first, for commands go on with : and , after it; rename it."
                )
            earlier = self._entries.get(entry.name)
            if entry.name in names[:number]:
                raise PluginError(f"{self.kind} {entry.name!r} is defined twice in {entry.origin}; rename one of them.")
            if earlier is not None and earlier.path != entry.path:
                raise PluginError(
                    f"{self.kind} {entry.name!r} is defined twice: in {earlier.origin} and in {entry.origin}; "
                    "rename one of them."
                )
        self._entries.update({entry.name: entry for entry in found if entry.name not in self._entries})
        return names

    def _scan(self) -> None:
        if self._scanned:
            return
        self._scanned = True
        spec = importlib.util.find_spec(self._package)
        folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
        found = 0
        for path in sorted(file for folder in folders for file in folder.glob("*.py")):
            found += len(self.add_file(path, f"{self._package}.{path.stem}", builtin=True))
        if not found:
            raise PluginError(f"no built-in {self.kind} found in {self._package}: the installation is incomplete.")
        for point in importlib.metadata.entry_points(group=f"rnnbench.{self.kind}s"):
            origin = _module_path(point.module)
            distribution = getattr(getattr(point, "dist", None), "name", "")
            if self.add_file(origin, point.module, builtin=False, distribution=distribution):
                continue
            raise PluginError(
                f"entry point {point.name!r} ({point.value}) registers no {self.kind}: "
                f'it needs a class decorated with @{self._variable}.register("{point.name}").'
            )


def add_plugin(path: Path) -> list[str]:
    """Take up what the single file ``path`` registers, of whatever kind; returns the names.

    Raises PluginError when the file cannot be read, cannot be imported, or registers nothing.
    """
    path = Path(os.path.realpath(path))  # unlike Path.resolve it lets a loop of links be, to be told as unreadable
    module = PLUGIN + hashlib.sha256(str(path).encode()).hexdigest()[:12]
    names = [name for registry in REGISTRIES for name in _add(registry, path, module)]
    if not names:
        raise PluginError(
            f'plug-in {path.name} registers nothing: decorate a class with @TASKS.register("name") '
            'or @CELLS.register("name").'
        )
    for registry in REGISTRIES:
        for name in names:
            if name in registry and registry.entry(name).path == path:
                registry[name]
    return names


def _add(registry: "Registry[Any]", path: Path, module: str) -> list[str]:
    registry._scan()
    return registry.add_file(path, module, builtin=False)


def _declared(path: Path, variable: str, module: str, builtin: bool) -> Iterator[Entry]:
    """The classes in ``path`` that carry ``@VARIABLE.register("literal")``."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PluginError(f"plug-in {path} cannot be read: {error.strerror}.") from None
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise PluginError(f"plug-in {path}{f':{line}' if line else ''} is not valid Python: {error.args[0]}.") from None
    except (MemoryError, RecursionError):  # the parser's, whatever memory there is
        raise PluginError(f"plug-in {path} is nested too deeply for Python; write its expressions shorter.") from None
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for name in filter(None, (_registered_name(mark, variable) for mark in node.decorator_list)):
                summary = (ast.get_docstring(node) or "").split("\n")[0]
                told = {attribute: _literal(node, attribute) for attribute in ("source", "kind", "guessing")}
                yield Entry(name, module, path, builtin, summary, **told, presets=_keys(node, "presets"))


def _registered_name(decorator: ast.expr, variable: str) -> str | None:
    match decorator:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=owner), attr="register"), args=[ast.Constant(value=str(name))]
        ) if owner == variable:
            return name
    return None


def _assigned(node: ast.ClassDef, attribute: str) -> ast.expr | None:
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name == attribute:
                return value
    return None


def _literal(node: ast.ClassDef, attribute: str) -> str:
    value = _assigned(node, attribute)
    try:
        return "" if value is None else str(ast.literal_eval(value))
    except (ValueError, TypeError, MemoryError, RecursionError):  # it is computed: known once it is imported
        return ""


def _keys(node: ast.ClassDef, attribute: str) -> tuple[str, ...]:
    value = _assigned(node, attribute)
    keys = value.keys if isinstance(value, ast.Dict) else []
    return tuple(str(key.value) for key in keys if isinstance(key, ast.Constant))


def _module_path(module: str) -> Path:
    with guarded(f"plug-in package {module} cannot be found:"):
        spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise PluginError(f"plug-in package {module} cannot be found; is it installed?")
    return Path(spec.origin)


def _import(entry: Entry) -> None:
    """Import the module behind ``entry``; whatever it raises becomes one line."""
    if entry.module in sys.modules and entry.builtin:
        return
    with guarded(f"plug-in {entry.path} cannot be imported:"):
        if not entry.module.startswith(PLUGIN):
            importlib.import_module(entry.module)
            return
        spec = importlib.util.spec_from_file_location(entry.module, entry.path)
        if spec is None or spec.loader is None:
            raise PluginError(f"plug-in {entry.path} cannot be imported.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[entry.module] = module
        if (folder := str(entry.path.parent)) not in sys.path:
            sys.path.append(folder)  # for what lies beside it; last, so that it hides nothing
        try:
            spec.loader.exec_module(module)
            identity.require_those(entry.path, entry.module)
        except BaseException:
            sys.modules.pop(entry.module, None)
            raise


TASKS: Registry[Any] = Registry("task", "TASKS", "rnnbench.tasks")
CELLS: Registry[Any] = Registry("cell", "CELLS", "rnnbench.cells")
OPTIMISERS: Registry[Any] = Registry("optimiser", "OPTIMISERS", "rnnbench.optimisers")
REGISTRIES: tuple[Registry[Any], ...] = (TASKS, CELLS, OPTIMISERS)
