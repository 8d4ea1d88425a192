"""Every registered name and preset with every check that is asked of it."""

from collections.abc import Sequence
from typing import Any

from rnnbench.check.finding import Check
from rnnbench.check.select import every
from rnnbench.registry import Registry


def cases(registry: Registry[Any], checks: Sequence[Check[Any]]) -> list[tuple[str, str]]:
    """Pairs of a text such as ``latching[like=2018]`` and the name of a check."""
    by_step = {name: getattr(registry[name], "by_step", True) for name in registry}
    texts = [text for _, text in every(registry, lambda entry: entry.builtin and by_step[entry.name])]
    return [(text, check.name) for text in texts for check in checks if not (check.of_class and "[" in text)]
