"""What came of trials that were trained again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rnnbench.ran import Ran
from rnnbench.stats.proportion import CONFIDENCE
from rnnbench.verify.compare import Compared

IDENTICAL, DIFFERENT, NOT_TRAINED = "identical", "different", "not trained"


@dataclass(frozen=True)
class Again:
    """A stored trial and what came of it here."""

    stored: Mapping[str, Any]
    """Columns of its row."""
    here: Mapping[str, Any] | None = None
    """Columns of the new row; None if it was not trained."""
    compared: Compared | None = None
    reason: str = ""
    """Why it was not trained."""

    @property
    def outcome(self) -> str:
        """Identical, different or not trained."""
        if self.compared is None:
            return NOT_TRAINED
        return DIFFERENT if self.compared.differs else IDENTICAL

    @property
    def stage(self) -> str:
        """Where the two part; empty if they do not."""
        return self.compared.stage if self.compared else ""


@dataclass(frozen=True)
class Verdict:
    """Some trials of a store, drawn at random."""

    seed: int
    """Of the draw."""
    run: str | None
    """Where they were drawn from; None for the whole store."""
    trials: int
    """How many could be drawn: those with a result."""
    without: int
    """How many could not: errors and skipped."""
    missing: int
    """How many the run planned and does not have."""
    drawn: Sequence[Again]

    def having(self, outcome: str) -> list[Again]:
        """Those that came out so."""
        return [again for again in self.drawn if again.outcome == outcome]

    @property
    def trained(self) -> int:
        """How many can be compared."""
        return len(self.drawn) - len(self.having(NOT_TRAINED))

    @property
    def whole(self) -> bool:
        """Whether all that could be drawn were."""
        return len(self.drawn) == self.trials

    @property
    def share_differing(self) -> tuple[float, float]:
        """Between which shares of the trials that can be trained here differ from here.

        Clopper and Pearson's interval, which the trials that are known make narrower: a sample without replacement is
        surer than it says. Exact if all were drawn.
        """
        from scipy.stats import binomtest

        different = len(self.having(DIFFERENT))
        if not self.trained:
            return 0.0, 1.0
        if self.whole:
            return different / self.trained, different / self.trained
        interval = binomtest(different, self.trained).proportion_ci(CONFIDENCE, method="exact")
        most = 1 - (self.trained - different) / self.trials
        return max(float(interval.low), different / self.trials), min(float(interval.high), most)

    def other_circumstances(self) -> dict[str, tuple[list[str], list[str]]]:
        """Versions, kernels and devices that are not those of the rows: what was there, and what is here."""
        found: dict[str, tuple[set[str], set[str]]] = {}
        for again in self.drawn:
            here = _circumstances(again.here) if again.here is not None else {}
            for name, value in _circumstances(again.stored).items() if here else ():
                if value != here.get(name, "none"):
                    there, now = found.setdefault(name, (set(), set()))
                    there.add(value)
                    now.add(here.get(name, "none"))
        return {name: (sorted(there), sorted(here)) for name, (there, here) in found.items()}


def _circumstances(row: Mapping[str, Any]) -> dict[str, str]:
    return {"device": str(row["device"]), "kernel": Ran.of(str(row["kernel"])).name} | dict(row["versions"])
