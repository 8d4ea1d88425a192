"""What ``rnnbench verify`` prints: counts, every trial that is not the same, and what follows for the rest."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from rnnbench.verify.verdict import DIFFERENT, IDENTICAL, NOT_TRAINED, Again, Verdict
from rnnbench.words import some

MOST = 20
"""Trials that are told one by one."""
STYLES = {IDENTICAL: "green", DIFFERENT: "red", NOT_TRAINED: "yellow"}


def print_verified(store: Path, verdict: Verdict) -> None:
    """Counts first, then the trials that are not the same, then what follows."""
    console = Console(highlight=False, emoji=False)
    drawn = f"{len(verdict.drawn):,} of {some(verdict.trials, 'trial')} with a result"
    of_run = f" of run {verdict.run}" if verdict.run is not None else ""
    head = f"{store}: {drawn}{of_run}, drawn at random (--seed {verdict.seed} draws them again) and trained anew."
    console.print(Text(head), soft_wrap=True)
    for line in (*_counts(verdict), *map(Text, _lines(verdict))):
        console.print(line, soft_wrap=True)


def _counts(verdict: Verdict) -> Iterator[Text]:
    identical = verdict.having(IDENTICAL)
    stages = Counter(again.stage for again in verdict.having(DIFFERENT))
    told = {
        IDENTICAL: f"every number and curve that is stored{_weights(identical)}, bit for bit",
        DIFFERENT: ", ".join(f"{number:,} from {stage} on" for stage, number in stages.items()),
    }
    for outcome, style in STYLES.items():
        count = len(verdict.having(outcome))
        line = Text(f"{outcome:<11}", style=style if count else "")
        yield line.append(f" {count:>6,}  {told.get(outcome, '') if count else ''}".rstrip(), style="default")


def _weights(identical: Sequence[Again]) -> str:
    """Of how many trials weights were compared, too."""
    having = sum(again.compared is not None and again.compared.with_weights for again in identical)
    if having == len(identical):
        return ", and all weights"
    return f" (and the weights of {having:,} that have them)" if having else " (there are no weights)"


def _lines(verdict: Verdict) -> Iterator[str]:
    different = verdict.having(DIFFERENT)
    yield from map(_line, different[:MOST])
    if len(different) > MOST:
        yield f"  and {len(different) - MOST:,} more: --json has all"
    if different:
        yield _sum(different)
    for reason, count in Counter(again.reason for again in verdict.having(NOT_TRAINED)).items():
        yield f"not trained: {count:,}, {reason}"
    for name, (there, here) in verdict.other_circumstances().items():
        yield f"{name}: {', '.join(there)} there, {', '.join(here)} here"
    if verdict.without or verdict.missing:
        yield f"nothing is said of {verdict.without:,} that are errors or skipped, and {verdict.missing:,} never stored"
    yield _conclusion(verdict)


def _line(again: Again) -> str:
    row, here = again.stored, again.here or {}
    stored, now = _result(row), _result(here)
    told = f"{stored} in both" if stored == now else f"{stored} there, {now} here"
    return f"  {row['trial']}  {row['task']} {row['cell']} length {row['length']} seed {row['seed']}: {told}"


def _result(row: Mapping[str, Any]) -> str:
    if row["status"] != "ok":
        return str(row["status"])
    value = _number(row)
    return f"{'no number' if value is None else f'{value:.6g}'}{' (solved)' if row['success'] == 1 else ''}"


def _number(row: Mapping[str, Any]) -> float | None:
    value = row["value"]
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _sum(different: list[Again]) -> str:
    """Whether what differs matters."""
    pairs = [(again.stored, again.here or {}) for again in different]
    solved = [(stored["success"] == 1, here["success"] == 1) for stored, here in pairs]
    there, here = solved.count((True, False)), solved.count((False, True))
    told = f"{there:,} solved there alone, {here:,} here alone" if there + here else "solved in both or in neither"
    numbers = [(_number(stored), _number(here)) for stored, here in pairs]
    apart = [abs(one - other) for one, other in numbers if one is not None and other is not None]
    if not apart:
        return f"those that differ: {told}; none has a number in both"
    largest = f"up to {max(apart):.2g} apart" if max(apart) else "the same to the last bit"
    without = f" ({len(numbers) - len(apart):,} have none in both)" if len(apart) < len(numbers) else ""
    return f"those that differ: {told}; the values reported are {largest}{without}"


def _conclusion(verdict: Verdict) -> str:
    low, high = verdict.share_differing
    if not verdict.trained:
        return "nothing was trained, so nothing is known."
    if verdict.whole:
        return f"these are all with a result that {'the run' if verdict.run is not None else 'the store'} has."
    share = f"{low:.1%} to {high:.1%}" if low else f"at most {high:.1%}"
    here = "" if verdict.trained == len(verdict.drawn) else " that can be trained here"
    return f"of all {verdict.trials:,} trials{here} {share} differ here, to a confidence of 95 %."
