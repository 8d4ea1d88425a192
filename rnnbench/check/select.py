"""From the words of a command line to subjects: names, files, packages."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rnnbench import grammar
from rnnbench.check.finding import Failure, Outcome, examine, raised
from rnnbench.errors import STRANGE, PluginError, RnnbenchError, UnknownName
from rnnbench.registry import CELLS, TASKS, Entry, Registry, add_plugin

REGISTRIES = (TASKS, CELLS)
Subject = tuple[Registry[Any], str]
"""A registry, and a name in it with or without parameters."""


def check(*words: str | Path) -> list[Outcome]:
    """Every check of what ``words`` name, as ``rnnbench check`` asks it. Raises RnnbenchError for what is unknown."""
    return [outcome for subject in select([str(word) for word in words]) for outcome in outcomes(*subject)]


def built_in() -> list[Subject]:
    """Every task and cell of rnnbench's own, by default and by each of its presets."""
    return [text for registry in REGISTRIES for text in every(registry, lambda entry: entry.builtin)]


def every(registry: Registry[Any], wanted: Any) -> list[Subject]:
    """The names of ``registry`` whose entry is ``wanted``, each with its presets."""
    entries: list[Entry] = [registry.entry(name) for name in registry]
    return [
        (registry, text)
        for entry in entries
        if wanted(entry)
        for text in (entry.name, *(f"{entry.name}[like={preset}]" for preset in entry.presets))
    ]


def select(words: Sequence[str]) -> list[Subject]:
    """What each of ``words`` names: a task or cell, a Python file, an installed package. Raises RnnbenchError."""
    return list(dict.fromkeys(subject for word in words for subject in _named(word)))


def _named(word: str) -> list[Subject]:
    if word.endswith(".py"):
        return _of_file(Path(word))
    if "/" in re.split(r"[\[:]", word)[0]:
        _refuse(f"to check are Python files (.py), names and installed packages, got {word!r}.")
    package = _of_package(word)
    if package:
        return package
    call = grammar.parse(word)
    registries = [registry for registry in REGISTRIES if call.name in registry]
    if not registries:
        raise UnknownName("name", word, [*TASKS, *CELLS])
    if call.arguments:
        return [(registry, word) for registry in registries]
    return [subject for registry in registries for subject in every(registry, lambda entry: entry.name == call.name)]


def _of_file(path: Path) -> list[Subject]:
    add_plugin(path)
    return _found(lambda entry: entry.path == path.resolve()) or _refuse(f"{path} registers no task and no cell.")


def _of_package(word: str) -> list[Subject]:
    """What a distribution or a module registers by entry points."""
    plain = word.replace("-", "_").lower()

    def wanted(entry: Entry) -> bool:
        module = entry.module.lower()
        names = (entry.distribution.replace("-", "_").lower(), module)
        return not entry.builtin and (plain in names or module.startswith(plain + "."))

    return _found(wanted)


def _found(wanted: Any) -> list[Subject]:
    return [subject for registry in REGISTRIES for subject in every(registry, wanted)]


def _refuse(text: str) -> list[Subject]:
    raise RnnbenchError(text)


def outcomes(registry: Registry[Any], text: str) -> Iterator[Outcome]:
    """Every check of one subject. What cannot even be made fails a check named ``construction``."""
    made: Any
    checks: Any
    try:
        if registry is TASKS:
            from rnnbench.check.task_subject import TaskSubject
            from rnnbench.check.tasks import TASK_CHECKS

            made, checks = TaskSubject(text), TASK_CHECKS
        else:
            from rnnbench.check.cell_subject import CellSubject
            from rnnbench.check.cells import CELL_CHECKS

            made, checks = CellSubject(text), CELL_CHECKS
    except STRANGE as error:  # a stranger's constructor may fail in any way
        mistyped = isinstance(error, RnnbenchError) and not isinstance(error, PluginError)
        if mistyped and grammar.parse(text).arguments.keys() - {"like"}:
            raise
        known = isinstance(error, RnnbenchError)
        finding = Failure("cannot be made", str(error)) if known else raised(error)
        yield Outcome(registry.kind, text, "construction", "It can be imported and made.", finding, 0.0)
        return
    yield from examine(made, checks)
