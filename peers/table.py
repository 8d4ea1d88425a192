"""Figures to ratios to a page: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from peers.setting import Setting

BASE = "rnnbench"
"""The peer that the others are compared with."""


@dataclass(frozen=True)
class Result:
    """What one peer took in one setting."""

    peer: str
    setting: Setting
    rounds: tuple[float, ...]
    """Milliseconds an update of all members, a round each."""
    note: str = ""
    on_core: tuple[float, ...] = (1.0,)
    """Which part of each round the process had the core, rather than others on a busy machine."""

    @property
    def milliseconds(self) -> float:
        """An update of all members: the median of the rounds."""
        return median(self.rounds)

    @property
    def microseconds_a_member(self) -> float:
        """An update of one member."""
        return 1e3 * self.milliseconds / self.setting.members


def ratios(results: Sequence[Result]) -> dict[tuple[str, Setting], float]:
    """How many times as long as rnnbench each peer takes in the same setting; what has no base is left out."""
    base = {result.setting: result.milliseconds for result in results if result.peer == BASE}
    known = [result for result in results if result.setting in base]
    return {(result.peer, result.setting): result.milliseconds / base[result.setting] for result in known}


def number(value: float) -> str:
    """Three figures, no exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.{1 if value >= 10 else 2 if value >= 1 else 3}f}"


def row(cells: Sequence[str]) -> str:
    """A row of Markdown."""
    return f"| {' | '.join(cells)} |"


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table of Markdown, its first column text, the others numbers."""
    return [row(head), row(["---", *["---:"] * (len(head) - 1)]), *(row(cells) for cells in rows)]


def section(results: Sequence[Result], hidden: int, members: int) -> list[str]:
    """The table of one size: milliseconds with their spread, microseconds a member, and times rnnbench's."""
    chosen = [result for result in results if (result.setting.hidden, result.setting.members) == (hidden, members)]
    times, rows = ratios(results), []
    for result in chosen:
        low, high = (number(limit) for limit in (min(result.rounds), max(result.rounds)))
        ratio = times.get((result.peer, result.setting))
        rows.append([
            f"{result.setting.cell}: {result.peer}", number(result.milliseconds), f"{low} to {high}",
            f"{median(result.on_core):.0%}", number(result.microseconds_a_member),
            "" if ratio is None else f"{number(ratio)} x", result.note,
        ])  # fmt: skip
    first = chosen[0].setting
    title = f"## {members} members of {hidden} unit{'s' if hidden > 1 else ''}, length {first.length}"
    head = ["", "ms an update of all", "spread", "on the core", "µs a member-update", "of rnnbench's time", "as"]
    return [title, "", *grid(head, rows), ""]


def page(results: Sequence[Result], facts: dict[str, Any]) -> str:
    """The whole report in Markdown."""
    sizes = dict.fromkeys((result.setting.hidden, result.setting.members) for result in results)
    lines = ["# rnnbench beside its peers", "", *(f"{paragraph}\n" for paragraph in facts["about"])]
    for name, reason in facts.get("missing", {}).items():
        lines.append(f"Left out: {name} ({reason}).\n")
    for hidden, members in sizes:
        lines += section(results, hidden, members)
    if facts.get("matrix"):
        lines += ["## The whole matrix of 2018", "", facts["matrix_about"], ""]
        lines += [*grid(["", "seconds"], [[name, number(value)] for name, value in facts["matrix"].items()]), ""]
    lines += ["## Where and when", ""]
    lines += [f"- measured: {facts['measured']}"] if "measured" in facts else []
    lines += [f"- {name}: {value}" for name, value in facts["circumstances"].items()]
    return "\n".join(lines) + "\n"


def document(results: Sequence[Result], facts: dict[str, Any]) -> dict[str, Any]:
    """The same for programs."""
    times = ratios(results)
    return facts | {
        "results": [
            {
                "peer": result.peer,
                **vars(result.setting),
                "milliseconds": result.milliseconds,
                "rounds": list(result.rounds),
                "on_core": list(result.on_core),
                "microseconds_a_member": result.microseconds_a_member,
                "ratio": times.get((result.peer, result.setting)),
                "note": result.note,
            }
            for result in results
        ]
    }
