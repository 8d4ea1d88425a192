"""A study as lines of a study file."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnbench.study import Study


def grid(study: "Study") -> dict[str, Any]:
    """What spans the grid, and the protocol as far as the study sets it."""
    keys = ("tasks", "cells", "match" if study.match else "hidden", "lengths", "repeats", "seed", "precision")
    tuning = {"tuning_repeats": study.tuning_repeats} if study.tune else {}
    return {
        **{key: getattr(study, key) for key in keys},
        **tuning,
        **{f"protocol.{key}": value for key, value in study.protocol.items()},
        **{f"tune.{key}": candidates for key, candidates in study.tune.items()},
    }


def lines(study: "Study") -> Iterator[str]:
    """The same in TOML, a key a line."""
    for key, value in grid(study).items():
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}"
