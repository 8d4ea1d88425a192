"""How a selection goes through its source: evenly, or in even stretches, as when vectors are spread over a matrix."""

from dataclasses import dataclass

from rnnbench.recurrence.graph import Select


@dataclass(frozen=True)
class Pattern:
    """``table[o] = start + o // period * outer + o % period * inner`` for each of ``starts``, in this order."""

    starts: tuple[int, ...]
    outer: int
    inner: int
    period: int

    @property
    def is_even(self) -> bool:
        """Whether it never turns back."""
        return self.outer == self.inner * self.period

    @property
    def step(self) -> int | None:
        """How far one start is from the next; None if that differs."""
        steps = {after - before for before, after in zip(self.starts, self.starts[1:], strict=False)}
        return steps.pop() if len(steps) == 1 else None

    def row(self, out: int) -> tuple[int, ...]:
        """What is added up in place ``out``."""
        moved = out // self.period * self.outer + out % self.period * self.inner
        return tuple(start + moved for start in self.starts)


def pattern_of(node: Select) -> Pattern | None:
    """The pattern of its table; None if it has none."""
    table = node.table
    if not all(table):
        return None
    firsts = [row[0] for row in table]
    inner = firsts[1] - firsts[0] if len(table) > 1 else 0
    period = next((o for o, first in enumerate(firsts) if first != firsts[0] + o * inner), len(table))
    outer = firsts[period] - firsts[0] if period < len(table) else inner * period
    found = Pattern(table[0], outer, inner, period)
    return found if all(row == found.row(out) for out, row in enumerate(table)) else None
