"""What pydantic complains of, in this project's words: the rule, and the value received."""

from typing import Any

from pydantic import BaseModel, ValidationError

from rnnbench.words import received

EXAMPLES = {"tasks": '["latching"]', "cells": '["lstm", "gru"]', "lengths": "[10, 50]"}
"""What a study cannot be without."""


def describe(error: ValidationError) -> str:
    """All of pydantic's complaints on one line."""
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc'])}{': ' if item['loc'] else ''}{rule_of(item)}{_got(item)}"
        for item in error.errors()
    )


def rule_of(item: Any) -> str:
    """The rule that one of pydantic's complaints is about."""
    key = str(item["loc"][-1]) if item["loc"] else ""
    example = f", such as {key} = {EXAMPLES[key]}" if key in EXAMPLES else ""
    match item["type"]:
        case "missing":
            return f"it is required{example}"
        case "too_short":
            return f"it must hold at least one{example}"
        case _:
            return str(item["msg"]).removeprefix("Value error, ")


def value_of(item: Any) -> str:
    """The value received; empty where that is all that was given and the complaint is of a part of it."""
    value = item.get("input")
    whole = isinstance(value, dict | list | BaseModel) and not item["type"].endswith(("_type", "_parsing"))
    return "" if whole else received(value)


def _got(item: Any) -> str:
    return f" (got {value})" if (value := value_of(item)) else ""
