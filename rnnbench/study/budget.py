"""What every cell of a study is to have alike: trained parameters, or numbers of state."""

import re
from dataclasses import dataclass
from typing import Literal, cast

from rnnbench.errors import RnnbenchError

TOLERANCE = 0.05
"""A cell that is further off its budget is flagged wherever it is shown."""
LARGEST = 10**9
_TEXT = re.compile(r"(params|state)\s*=\s*(\d+(?:\.\d+)?)([kM]?)")
_FACTORS = {"": 1, "k": 1_000, "M": 1_000_000}


@dataclass(frozen=True)
class Budget:
    """``amount`` of ``what``."""

    what: Literal["params", "state"]
    amount: int

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """``params=10k`` or ``state=64``. Raises RnnbenchError."""
        found = _TEXT.fullmatch(text.strip())
        amount = float(found[2]) * _FACTORS[found[3]] if found else 0.0
        if found is None or not amount.is_integer() or not 1 <= amount <= LARGEST:
            raise RnnbenchError(
                "a budget is params=NUMBER or state=NUMBER, a whole number such as 64, 10k or 1.5M, up to 1000M"
            )
        return cls(cast("Literal['params', 'state']", found[1]), int(amount))

    @property
    def column(self) -> str:
        """The column of a row that says how much a trial has."""
        return "parameters" if self.what == "params" else "state_size"

    def flag(self, has: float | None) -> str:
        """``params +7.3 %`` where that is further off than TOLERANCE; empty if it is not, or nothing is known."""
        if has is None or has != has or abs(has - self.amount) <= TOLERANCE * self.amount:
            return ""
        return f"{self.what} {has / self.amount - 1:+.1%}".replace("%", " %").replace("-", "−")
