"""``rnnbench show``: everything about one task, cell, optimiser, study or stored trial."""

import inspect
import re
import shlex
import shutil
import sys
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnbench import grammar
from rnnbench.cli import complete, options
from rnnbench.cli.failure import user_errors
from rnnbench.errors import MissingData, UnknownName
from rnnbench.provenance import plugins_of
from rnnbench.registry import CELLS, OPTIMISERS, REGISTRIES, TASKS, Registry, add_plugin
from rnnbench.studies import shipped
from rnnbench.study import text as study_text
from rnnbench.words import some, wrapped

if TYPE_CHECKING:
    from rnnbench.parameters import Resolved


def show(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="A name, e.g. lstm or latching:noise=0.3.", autocompletion=complete.shown)
    ],
    length: Annotated[int | None, typer.Option(help="Length of a task's sample sequences.")] = None,
    kernel: Annotated[bool, typer.Option("--kernel", help="Print a cell's CPU kernel.")] = False,
    hidden: Annotated[int, typer.Option(help="Units of the cell whose kernel is printed.")] = 1,
    store: options.StorePath = options.DEFAULT_STORE,
    plugin: options.Plugins = None,
) -> None:
    """Show definition, source, parameters and presets; for a task sample sequences, for a trial id its row."""
    with user_errors():
        for path in plugin or ():
            add_plugin(path)
        if kernel:
            options.refuse_unread(context, "show --kernel", ("name", "kernel", "hidden", "plugin"))
            from rnnbench.cli.kernel import print_kernel

            print_kernel(name, hidden)
            return
        if re.fullmatch(r"[0-9a-f]{16}", name):
            options.refuse_unread(context, "show of a trial", ("name", "store", "plugin"))
            _show_trial(name, store)
            return
        is_study = name in shipped() or name.endswith(".toml")
        head = "" if is_study and name not in TASKS else grammar.parse(name).name
        registries = [registry for registry in REGISTRIES if head in registry]
        if not registries and not is_study:
            raise UnknownName("name", head, [*TASKS, *CELLS, *OPTIMISERS, *shipped()])
        of_task = ("length",) if TASKS in registries else ()
        options.refuse_unread(context, f"show {name}", ("name", "plugin", *of_task))
        for registry in registries:
            _show_registered(registry, name, length)
        if is_study:  # a task and a study may share a name: both are shown
            print("\n" * bool(registries), end="")
            _show_study(name)


def _show_registered(registry: Registry[Any], text: str, length: int | None) -> None:
    from rnnbench.parameters import parameters_of, resolve, stacking_of

    resolved = resolve(registry, text)
    kind = registry[resolved.name]
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    drawn = _sketch(resolved, length, columns) if registry is TASKS else ""
    print(f"{registry.kind} {resolved.name}\n")
    source = f"source: {getattr(kind, 'source', 'none given')}"
    print("\n".join(wrapped(f"{inspect.getdoc(kind) or ''}\n\n{source}", columns)))
    for head, fields in (("parameters", parameters_of(kind)), ("of a stack of it", stacking_of(registry, kind))):
        if fields:
            print(f"\n{head}:")
        for key, field in fields.items():
            value = resolved.parameters.get(key, field.default)
            print(f"  {key} = {grammar.write_value(value)}    {_type(field.annotation)}")
    if kind.presets:
        print("\npresets:")
        for preset, values in kind.presets.items():
            told = ", ".join(f"{key}={grammar.write_value(value)}" for key, value in values.items())
            print(f"  {resolved.name}:{preset}    {told or 'the defaults'}")
    if drawn:
        print(drawn)


def _sketch(task: "Resolved", length: int | None, columns: int | None) -> str:
    from rnnbench.cli.sketch import sketch
    from rnnbench.posed import make_task

    try:
        return sketch(make_task(task), length, columns)
    except MissingData as error:
        return f"\nNo sequences to show: {error}"


def _type(annotation: Any) -> str:
    """An annotation as a person says it."""
    if typing.get_origin(annotation) is typing.Literal:
        return " | ".join(str(choice) for choice in typing.get_args(annotation))
    if typing.get_origin(annotation) is typing.Annotated:
        return _type(typing.get_args(annotation)[0])
    if typing.get_args(annotation):
        return " | ".join("none" if part is type(None) else _type(part) for part in typing.get_args(annotation))
    return str(getattr(annotation, "__name__", annotation))


def _show_study(name: str) -> None:
    from rnnbench.study.file import load
    from rnnbench.study.tuning import halves

    study = load(name)
    print(f"study {study.name}: {study.title}\n")
    for head, text in (("", study.about), ("The original's: ", study.original), ("Ours: ", study.ours)):
        if text.strip():
            print(f"{head}{' '.join(text.split())}\n")
    print(f"source: {study.source}\n")
    print("as a study file, to change and to run by its path (the rest of the protocol: rnnbench list protocol):\n")
    print("\n".join(study_text.lines(study.model_dump())))
    told = [some(len(trials), "trial") for _, trials in halves(study)]
    print(f"\n{' of tuning, then '.join(told)}: rnnbench run {name} --report")


def _show_trial(trial: str, path: Path) -> None:
    from rnnbench.store.sound import specification
    from rnnbench.store.store import Store

    with Store(path) as store:
        row, command = store.row(trial), store.command(trial)
    for key, value in row.items():
        if value is not None and not isinstance(value, bytes):
            print(f"{key}: {value}")
    spec = specification(trial, row["spec"])
    protocol = {
        key: value for key, value in spec["protocol"].items() if value is not None and not key.endswith("_version")
    }
    words = ["rnnbench", "run", "--task", spec["task"], "--cell", spec["cell"], "--hidden", spec["hidden"]]
    words += ["--length", spec["length"], "--repeats", 1, "--seed", spec["seed"], "--precision", spec["precision"]]
    words += [word for key, value in protocol.items() for word in ("--set", f"{key}={value}")]
    words += plugins_of(command or "")
    print(f"\nthe same trial again: {shlex.join(map(str, words))} --again")
