"""From the words of a command line to studies."""

import shlex
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from rnnbench import grammar
from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.mistakes import describe
from rnnbench.protocol import Protocol
from rnnbench.registry import CELLS, TASKS
from rnnbench.study import TUNABLE, Study
from rnnbench.study.file import load, place_of
from rnnbench.study.lengths import expand_lengths
from rnnbench.words import received

DEFAULT_STUDY = "quick"
DEFAULT_CELLS = ("srnn", "lstm", "gru")
DEFAULT_LENGTHS = (5, 10, 20, 50)
DEFAULT_HIDDEN = 8
DEFAULT_EPOCHS = 5
DEFAULT_FRESH_UPDATES = 2_000
FLAGS = {
    "--set": ("key=value such as learning_rate=1e-2", "an axis"),
    "--tune": ("key=A,B such as learning_rate=1e-3,1e-2", "candidates"),
}
"""What each takes, and what a comma in it makes."""


@dataclass(frozen=True)
class Request:
    """What was asked for, still as text."""

    studies: Sequence[str] = ()
    tasks: Sequence[str] = ()
    cells: Sequence[str] = ()
    hidden: Sequence[str] = ()
    match: str | None = None
    lengths: Sequence[str] = ()
    settings: Sequence[str] = ()
    tune: Sequence[str] = ()
    tuning_repeats: int | None = None
    repeats: int | None = None
    seed: int | None = None
    precision: str | None = None
    name: str | None = None
    plugins: Sequence[str] = field(default=())

    def resolve(self) -> list[Study]:
        """The studies to run, names and protocols checked before anything is imported. Raises RnnbenchError."""
        if self.name is not None and not self.name.strip():
            raise RnnbenchError(
                "--name needs a letter or a digit first, got none: leave it out, and the run is named for you."
            )
        studies = self._studies()
        for number, study in enumerate(studies):
            self._require_known(study, self.studies[number] if self.studies else None)
            for _ in study.protocols():
                pass
        return studies

    def _require_known(self, study: Study, origin: str | None) -> None:
        """Raise RnnbenchError for all tasks and cells that nobody registered, with their lines in a study file."""
        unknown = []
        for registry, key, texts in ((TASKS, "tasks", study.tasks), (CELLS, "cells", study.cells)):
            for text in texts:
                try:
                    registry.entry(grammar.parse(text).name)
                except UnknownName as error:
                    place = "" if origin is None or getattr(self, key) else place_of(origin, key)
                    unknown.append(f"{place}{error}")
        if unknown:
            raise RnnbenchError("\n".join(unknown))

    def _studies(self) -> list[Study]:
        changes = self._changes()
        if not self.studies and not changes and self.name is None:
            return [load(DEFAULT_STUDY)]
        if not self.studies:
            return [self._from_flags(changes)]
        if self.name is not None and len(self.studies) > 1:
            raise RnnbenchError(f"--name names one run, got {len(self.studies)} studies; run them one by one.")
        return [self._changed(load(name), changes) for name in self.studies]

    def command(self, study: str | None = None) -> str:
        """The command that makes the same trials; of several studies only ``study``."""
        words = ["rnnbench", "run", *(self.studies if study is None else [study])]
        for flag, values in (
            ("--task", self.tasks),
            ("--cell", self.cells),
            ("--hidden", self.hidden),
            ("--length", self.lengths),
            ("--set", self.settings),
            ("--tune", self.tune),
            ("--plugin", self.plugins),
        ):
            words += [word for value in values for word in (flag, value)]
        single = (
            ("--tuning-repeats", self.tuning_repeats),
            ("--repeats", self.repeats),
            ("--seed", self.seed),
            ("--precision", self.precision),
            ("--name", self.name),
            ("--match", self.match),
        )
        words += [str(word) for flag, value in single if value is not None for word in (flag, value)]
        return shlex.join(words)

    def _changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        for key, values in (("tasks", self.tasks), ("cells", self.cells)):
            if values:
                changes[key] = [item for value in values for item in grammar.split_list(value)]
        if self.hidden:
            changes["hidden"] = [_whole("--hidden", item) for item in _items(self.hidden)]
        if self.lengths:
            changes["lengths"] = [length for item in _items(self.lengths) for length in expand_lengths(item)]
        if self.settings:
            changes["protocol"] = _settings("--set", self.settings)
        if self.tune:
            tune = _settings("--tune", self.tune)
            changes["tune"] = {key: value if isinstance(value, list) else [value] for key, value in tune.items()}
        names = ("repeats", "tuning_repeats", "seed", "precision", "match")
        return changes | {name: value for name in names if (value := getattr(self, name)) is not None}

    def _from_flags(self, changes: dict[str, Any]) -> Study:
        if "tasks" not in changes:
            raise RnnbenchError("flags alone need a task: add --task NAME, or name a study for the flags to change.")
        content: dict[str, Any] = {
            "cells": list(DEFAULT_CELLS),
            "lengths": list(DEFAULT_LENGTHS),
            **({} if "match" in changes else {"hidden": [DEFAULT_HIDDEN]}),
        } | changes
        protocol = dict(changes.get("protocol", {}))
        if not {"epochs", "updates"} & set(protocol):
            fresh = protocol.get("data") == "fresh"
            protocol |= {"updates": DEFAULT_FRESH_UPDATES} if fresh else {"epochs": DEFAULT_EPOCHS}
        words = [grammar.parse(item).name for item in (*content["tasks"], *content["cells"])]
        content |= {"name": self.name or "-".join(dict.fromkeys(words))[:80], "protocol": protocol}
        content["about"] = f"Run by flags: `{self.command()}`."
        return _validated(content)

    def _changed(self, study: Study, changes: dict[str, Any]) -> Study:
        if not changes and self.name is None:
            return study
        sizes = {"hidden", "match"} & set(changes) or {"match" if study.match else "hidden"}
        content = study.model_dump(exclude={"hidden", "match"} - sizes) | changes
        given, tune = changes.get("protocol", {}), changes.get("tune", {})
        content["protocol"] = {key: value for key, value in study.protocol.items() if key not in tune} | given
        content["tune"] = {key: value for key, value in study.tune.items() if key not in given} | tune
        if not content["tune"] and self.tuning_repeats is None:
            del content["tuning_repeats"]
        for key, other in (("updates", "epochs"), ("epochs", "updates")):
            if key in given and other not in given:
                content["protocol"].pop(other, None)
        content["name"] = self.name or f"{study.name}-changed"
        content["ours"] = f"{study.ours} Changed by flags: `{self.command(study.name)}`.".strip()
        return _validated(content)


def _validated(content: dict[str, Any]) -> Study:
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise RnnbenchError(describe(error) + ".") from None


def _items(values: Sequence[str]) -> list[str]:
    return [item for value in values for item in grammar.split_list(value)]


def _whole(flag: str, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise RnnbenchError(f"{flag} takes whole numbers of at least 1, got {received(text)}.")
    return number


def _settings(flag: str, texts: Sequence[str]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for key, value in (_setting(flag, text) for text in texts):
        if key in settings:
            raise RnnbenchError(
                f"{flag} takes each value once, got {key} twice: a comma makes {FLAGS[flag][1]}, {key}=A,B."
            )
        settings[key] = value
    return settings


def _setting(flag: str, text: str) -> tuple[str, Any]:
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not key or not value or len(text.strip().splitlines()) > 1:
        raise RnnbenchError(f"{flag} takes {FLAGS[flag][0]}, got {received(text)}.")
    if key not in Protocol.model_fields:
        raise UnknownName("value of the protocol", key, Protocol.model_fields)
    if flag == "--tune" and key not in TUNABLE:
        raise UnknownName("value that can be tuned", key, TUNABLE)
    values = [_scalar(item) for item in grammar.split_list(value)] or [value]
    for item in values[1:]:
        if isinstance(item, str) and item.partition("=")[0].strip() in Protocol.model_fields and "=" in item:
            raise RnnbenchError(f"{flag} takes one key, got {received(text)}: give {flag} again, {flag} {item}.")
    return key, values if len(values) > 1 else values[0]


def _scalar(text: str) -> Any:
    """A TOML scalar, or the text itself where it is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # no TOML, or a number or nesting beyond what Python reads
        return text
