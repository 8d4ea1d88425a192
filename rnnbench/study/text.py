"""A study as lines of a study file."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def grid(study: Mapping[str, Any]) -> dict[str, Any]:
    """What spans the grid, and the protocol as far as the study, here by its keys, sets it."""
    keys = ("tasks", "cells", "match" if study.get("match") else "hidden", "lengths", "repeats", "seed", "precision")
    tune = study.get("tune") or {}
    tuning = {"tuning_repeats": study.get("tuning_repeats")} if tune else {}
    return {
        **{key: study[key] for key in keys if key in study},
        **tuning,
        **{f"protocol.{key}": value for key, value in study.get("protocol", {}).items()},
        **{f"tune.{key}": candidates for key, candidates in tune.items()},
    }


def lines(study: Mapping[str, Any]) -> Iterator[str]:
    """The same in TOML, a key a line."""
    for key, value in grid(study).items():
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}"
