"""What values are chosen for, and which were tried: read from the specifications of trials."""

import json
import math
from collections.abc import Container, Iterable, Mapping
from typing import Any

TUNING_SEED = 10**9
"""Seeds and data seeds from here on are for tuning."""
Values = Mapping[str, Any]
"""By key of the protocol."""


def setting(spec: Mapping[str, Any], tuned: Container[str]) -> str:
    """What values are chosen for: all of a trial's specification but seeds, ``tuned`` keys and what is reported."""
    protocol = {
        key: value
        for key, value in spec["protocol"].items()
        if key != "reported" and key.removesuffix("_version") not in tuned
    }
    protocol["data_seed"] %= TUNING_SEED
    return json.dumps({**spec, "seed": None, "protocol": protocol}, sort_keys=True)


def values_of(spec: Mapping[str, Any], tuned: Iterable[str]) -> Values:
    """The values of ``tuned`` keys that a trial has, in their order."""
    return {key: spec["protocol"][key] for key in tuned}


def order_of(values: Values) -> tuple[tuple[float, str], ...]:
    """A sort key: numbers in their order, words after them."""
    return tuple(
        (float(value), "") if isinstance(value, int | float) else (math.inf, str(value)) for value in values.values()
    )


def at_edge(key: str, value: Any, tune: Mapping[str, list[Any]]) -> str:
    """``smallest`` or ``largest`` where ``value`` is an end of the numbers tried, beyond which a better may lie."""
    tried = tune.get(key, [])
    if not all(isinstance(item, int | float) for item in tried):
        return ""
    return "smallest" if value == min(tried) else "largest" if value == max(tried) else ""
