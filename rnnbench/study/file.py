"""Study files: TOML, checked, every mistake named with file and line."""

import difflib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.mistakes import rule_of, value_of
from rnnbench.protocol import Protocol
from rnnbench.studies import shipped
from rnnbench.study import LONGEST_NAME, TUNABLE, Study


def load(name_or_path: str) -> Study:
    """A shipped study by name, or a study file by path. Raises RnnbenchError with every mistake in it."""
    known = shipped()
    if name_or_path in known:
        return read(known[name_or_path], f"{name_or_path}.toml")
    path = Path(name_or_path)
    try:
        if path.suffix != ".toml" and not path.exists():
            raise UnknownName("study", name_or_path, known)
        text = path.read_text(encoding="utf-8-sig")  # editors on Windows begin with a mark
    except OSError as error:
        raise RnnbenchError(f"study file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise RnnbenchError(f"study file {path} cannot be read: it is not UTF-8 text.") from None
    return read(text, str(path), default_name=name_from(path.stem))


def name_from(stem: str) -> str:
    """A name for the study of a file that gives none: the file's, as far as a run can be called that."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:LONGEST_NAME] or "study"


def read(text: str, origin: str, default_name: str = "") -> Study:
    """The study that ``text`` describes; ``origin`` is named in errors."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise RnnbenchError(f"{origin}:{line.group(1) if line else 1}: {error}") from None
    except (ValueError, RecursionError):  # what Python cannot read though it may be TOML
        found = "it holds a number of more than 4,300 digits, or lists nested hundreds deep"
        raise RnnbenchError(f"study file {origin} cannot be read: {found}.") from None
    if default_name:
        content.setdefault("name", default_name)
    mistakes = [
        _complaint(item, text, origin)
        for item in [*_mistakes(content), *_value_mistakes(content, "protocol"), *_value_mistakes(content, "tune")]
    ]
    if mistakes:
        raise RnnbenchError("\n".join(mistakes))
    study = Study.model_validate(content)
    try:
        list(study.protocols())
    except RnnbenchError as error:
        raise RnnbenchError(f"{origin}:{line_of(text, ['protocol'])}: {error}") from None
    return study


def place_of(name_or_path: str, key: str) -> str:
    """``file:line: ``, where ``key`` stands in a study file; empty for a shipped study."""
    if name_or_path in shipped():
        return ""
    text = Path(name_or_path).read_text(encoding="utf-8-sig")
    return f"{name_or_path}:{line_of(text, [key])}: "


def _mistakes(content: dict[str, Any]) -> list[Any]:
    """What pydantic finds wrong with the study as a whole."""
    try:
        Study.model_validate(content)
    except ValidationError as error:
        return list(error.errors())
    return []


def _value_mistakes(content: dict[str, Any], table: str) -> Iterator[Any]:
    """What is wrong with single values of the protocol, or to be tuned, each alone or in a list."""
    given = content.get(table, {})
    for key, value in given.items() if isinstance(given, dict) else ():
        others = {} if key in ("epochs", "updates") else {"updates": 1}
        for item in value if isinstance(value, list) else [value]:
            try:
                Protocol.model_validate({key: item, **others})
            except ValidationError as error:
                found = (mistake for mistake in error.errors() if mistake["loc"] == (key,))
                yield from ({**mistake, "loc": (table, key)} for mistake in found if key in Protocol.model_fields)


def _complaint(item: Any, text: str, origin: str) -> str:
    location = [str(part) for part in item["loc"]]
    message = rule_of(item)
    if item["type"] == "extra_forbidden":
        near = difflib.get_close_matches(location[-1], Study.model_fields, n=1)
        message = (
            f"unknown key{f' (did you mean {near[0]!r}?)' if near else ''}; known: {', '.join(Study.model_fields)}"
        )
    elif value := value_of(item):
        message += f", got {value}"
    if location in (["protocol"], ["tune"]):
        known = Protocol.model_fields if location == ["protocol"] else TUNABLE
        location += [key for key in _keys(text, location[0]) if key not in known][:1]
    where = ".".join(part if re.fullmatch(r"[\w-]+", part) else repr(part) for part in location)
    return f"{origin}:{line_of(text, location)}: {where}{': ' if where else ''}{message}"


def line_of(text: str, location: list[str]) -> int:
    """The line on which the key at ``location`` stands; the enclosing key's line where TOML hides it."""
    best: int | None = None
    header = ""
    for number, line in enumerate(text.splitlines(), start=1):
        table = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+\s*(#.*)?$", line)
        if table:
            header = table.group(1) + "."
            best = number if location and location[0] == table.group(1) else best
        key = re.match(r"\s*([A-Za-z0-9_.-]+)\s*=", line)
        if key:
            path = (header + key.group(1)).split(".")
            if location[: len(path)] == path:
                return number
            if path[: len(location)] == location and best is None:  # dotted keys stand for their table
                best = number
    return best or 1


def _keys(text: str, table: str) -> list[str]:
    content = tomllib.loads(text).get(table, {})
    return list(content) if isinstance(content, dict) else []
