"""What ``rnnbench verify --json`` prints."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rnnbench.stats.proportion import CONFIDENCE
from rnnbench.verify.verdict import DIFFERENT, IDENTICAL, NOT_TRAINED, Again, Verdict


def as_mapping(store: Path, verdict: Verdict) -> dict[str, Any]:
    """The draw, counts, the interval of what differs, and every trial that is not the same."""
    return {
        "store": str(store),
        "run": verdict.run,
        "seed": verdict.seed,
        "trials": verdict.trials,
        "errors_and_skipped": verdict.without,
        "missing": verdict.missing,
        "drawn": [again.stored["trial"] for again in verdict.drawn],
        **{outcome.replace(" ", "_"): len(verdict.having(outcome)) for outcome in (IDENTICAL, DIFFERENT, NOT_TRAINED)},
        "share_differing": verdict.share_differing,
        "confidence": CONFIDENCE,
        "other_circumstances": {
            name: {"there": there, "here": here} for name, (there, here) in verdict.other_circumstances().items()
        },
        "not_identical": [_trial(again) for again in verdict.drawn if again.outcome != IDENTICAL],
    }


def _trial(again: Again) -> dict[str, Any]:
    return {
        **{key: again.stored[key] for key in ("trial", "task", "cell", "hidden", "length", "seed")},
        "outcome": again.outcome,
        "from": again.stage,
        "differs": again.compared.differs if again.compared else [],
        "reason": again.reason,
        "stored": _result(again.stored),
        "here": _result(again.here) if again.here is not None else None,
    }


def _result(row: Mapping[str, Any]) -> dict[str, Any]:
    success = row["success"]
    kept = {key: row[key] for key in ("status", "value", "kernel", "device", "versions")}
    return kept | {"success": bool(success) if success == success and success is not None else None}
