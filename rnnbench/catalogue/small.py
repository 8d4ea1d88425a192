"""A task at its declared small shape, as the words of a study."""

from typing import Any

from rnnbench import grammar
from rnnbench.registry import TASKS
from rnnbench.study import Study
from rnnbench.task import Small


def small_text(name: str) -> str:
    """The task ``name`` with the parameters of its ``small``."""
    parameters = _small(name).parameters
    told = ",".join(f"{key}={grammar.write_value(value)}" for key, value in parameters.items())
    return f"{name}[{told}]" if told else name


def small_study(name: str, cells: list[str], protocol: dict[str, Any], **rest: Any) -> Study:
    """A study of ``cells`` on the task ``name`` at its small shape. Raises RnnbenchError for unknown names."""
    content = {"name": f"small-{name}", "tasks": [small_text(name)], "cells": cells, "lengths": [_small(name).length]}
    return Study(**content, protocol=protocol, **rest)


def _small(name: str) -> Small:
    small: Small = TASKS[name].small
    return small
