"""What came of trials that were trained again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rnnbench.stats.proportion import CONFIDENCE
from rnnbench.verify.compare import first_stage

RESULT = ("status", "value", "success", "kernel")


@dataclass(frozen=True)
class Again:
    """A stored trial and what came of it here."""

    stored: dict[str, Any]
    """Columns of its row."""
    here: dict[str, Any] | None = None
    """Columns of the new row; None if it was not trained."""
    differs: Sequence[str] = ()
    """What is not the same, bit for bit (``compare.py``)."""
    reason: str = ""
    """Why it was not trained."""

    @property
    def outcome(self) -> str:
        """``identical``, ``different`` or ``not trained``."""
        if self.here is None:
            return "not trained"
        return "different" if self.differs else "identical"

    @property
    def stage(self) -> str:
        """Where the two part; empty if they do not."""
        return first_stage(self.differs) if self.differs else ""


@dataclass(frozen=True)
class Verdict:
    """Of ``trials`` with a result, some were drawn."""

    trials: int
    drawn: Sequence[Again]

    def having(self, outcome: str) -> list[Again]:
        """Those that came out so."""
        return [again for again in self.drawn if again.outcome == outcome]

    @property
    def all_identical(self) -> bool:
        """Whether every trial drawn is the same, bit for bit."""
        return len(self.having("identical")) == len(self.drawn)

    @property
    def share_differing(self) -> tuple[float, float]:
        """Between which shares of all trials differ from here, as sure as intervals are; exact if all were trained.

        Clopper and Pearson's interval of those that were trained, one-sided if none of them differs. A sample without
        replacement is surer than it says.
        """
        from scipy.stats import binomtest

        different, trained = len(self.having("different")), len(self.drawn) - len(self.having("not trained"))
        if not trained:
            return 0.0, 1.0
        if trained == self.trials:
            return different / trained, different / trained
        test = binomtest(different, trained, alternative="two-sided" if different else "less")
        interval = test.proportion_ci(CONFIDENCE, method="exact")
        return float(interval.low), float(interval.high)

    def other_versions(self, here: dict[str, str]) -> dict[str, tuple[list[str], str]]:
        """Of packages whose version is not that of ``here`` in every row drawn: those of the rows, and that of here."""
        stored: dict[str, set[str]] = {}
        for again in self.drawn:
            for name, version in again.stored["versions"].items():
                stored.setdefault(name, set()).add(version)
        return {
            name: (sorted(found), here.get(name, "none"))
            for name, found in stored.items()
            if found != {here.get(name, "none")}
        }
