"""What ``rnnbench verify`` prints: counts, every trial that is not the same, and what follows for the rest."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rnnbench.provenance import versions
from rnnbench.recurrence.processor import vector_registers
from rnnbench.verify.verdict import Again, Verdict
from rnnbench.words import some

MOST = 20
"""Trials that are told one by one."""
STYLES = {"identical": "green", "different": "red", "not trained": "yellow"}


def print_verified(store: Path, verdict: Verdict) -> None:
    """Counts first, then the trials that are not the same, then what follows."""
    console = Console(highlight=False, emoji=False)
    drawn = f"{len(verdict.drawn):,} of {some(verdict.trials, 'trial')}"
    console.print(Text(f"{store}: {drawn}, drawn at random, to be trained again."), soft_wrap=True)
    console.print(_counts(verdict))
    for line in _lines(verdict):
        console.print(Text(line), soft_wrap=True)


def _counts(verdict: Verdict) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for justify in ("left", "right", "left"):
        table.add_column(justify=justify, overflow="fold")
    stages = Counter(again.stage for again in verdict.having("different"))
    told = {
        "identical": "every value, curve and weight that is stored, bit for bit",
        "different": ", ".join(f"{number:,} from {stage} on" for stage, number in stages.items()),
    }
    for outcome, style in STYLES.items():
        count = len(verdict.having(outcome))
        table.add_row(Text(outcome, style=style if count else ""), f"{count:,}", told.get(outcome) if count else "")
    return table


def _lines(verdict: Verdict) -> Iterator[str]:
    different = verdict.having("different")
    yield from map(_line, different[:MOST])
    if len(different) > MOST:
        yield f"  and {len(different) - MOST:,} more: --json has all"
    if different:
        yield _sum(different)
    for reason, count in Counter(again.reason for again in verdict.having("not trained")).items():
        yield f"not trained: {count:,}, {reason}"
    own = versions() | {"vector registers": vector_registers()}
    for name, (stored, here) in verdict.other_versions(own).items():
        yield f"{name}: {', '.join(stored)} there, {here} here"
    yield _conclusion(verdict)


def _line(again: Again) -> str:
    row, here = again.stored, again.here or {}
    stored, now = _result(row), _result(here)
    told = f"{stored} in both" if stored == now else f"{stored} there, {now} here"
    return f"  {row['trial']}  {row['task']} {row['cell']} length {row['length']} seed {row['seed']}: {told}"


def _result(row: dict[str, Any]) -> str:
    if row["status"] != "ok":
        return str(row["status"])
    return f"{row['value']:.6g}{' (solved)' if row['success'] else ''}"


def _sum(different: list[Again]) -> str:
    """Whether what differs matters."""
    pairs = [(again.stored, again.here or {}) for again in different]
    there = sum(bool(stored["success"]) and not here["success"] for stored, here in pairs)
    alone = sum(bool(here["success"]) and not stored["success"] for stored, here in pairs)
    finished = [(stored, here) for stored, here in pairs if stored["status"] == here["status"] == "ok"]
    solved = f"{there:,} solved there alone, {alone:,} here alone" if there + alone else "solved in both or in neither"
    largest = max((abs(stored["value"] - here["value"]) for stored, here in finished), default=0.0)
    apart = f"up to {largest:.2g} apart" if largest else "the same to the last bit"
    return f"those that differ: {solved}; the values reported are {apart}"


def _conclusion(verdict: Verdict) -> str:
    trained = len(verdict.drawn) - len(verdict.having("not trained"))
    low, high = verdict.share_differing
    if not trained:
        return "nothing was trained, so nothing is known."
    if trained == verdict.trials:
        return "these are all that the store has."
    share = f"{low:.1%} to {high:.1%}" if low else f"at most {high:.1%}"
    of = f"all {verdict.trials:,} trials" if trained == len(verdict.drawn) else "the trials that can be trained here"
    return f"of {of} {share} differ here, to a confidence of 95 %."
