"""How the members of a population lie in lanes: by the weights of a cell, the batch and the processor's registers."""

import math
from dataclasses import dataclass, replace
from functools import cache

from rnnbench.recurrence.body import Rows
from rnnbench.recurrence.processor import has_avx512

BLOCK = 16
"""Lanes come in multiples of this, which is how inputs are laid in them (``text/batch.py``)."""
LANES = {8: 128, 40: 64}
"""Lanes of a row for cells of at most so many weights: the fewer there are to repeat in every lane, the more sequences
side by side hide the latency of each. Beyond, a row is as short as it can be, which is how weights stay in the nearest
cache."""
MANY = 32
"""Lanes of a vector in the longer rows: several registers at once hide more than one."""
HELD = {8: 16, 16: 20}
"""Registers that may hold something throughout, by the lanes of one. AVX-512 has 32: on a Zen 5, in turn with two
registers, an update of a one-unit srnn took 3 to 5 % less with four, of a mingru 3 %; rounds differ by as much."""


@dataclass(frozen=True)
class Shape:
    """Lanes of a group and the vectors they are computed in."""

    batch: int
    """Sequences of a member."""
    members: int
    """Members of a group."""
    lanes: int
    vector: int

    @property
    def rows(self) -> Rows:
        """The layout of memory."""
        return Rows(self.lanes // self.vector, alone=self.members == 1)

    def holding(self, values: int, *, early: bool = False) -> "Shape":
        """The same lanes for a pass that holds so many ``values``, of single precision, in registers throughout.

        Its vectors are four registers where there is room for them, else two: one would wait for itself, and what has
        no room would be kept in memory. One that may end ``early`` ends with the last of its lanes: the fewer the
        better.
        """
        register = lanes_of_register()
        counts = (4, 2) if 4 * values <= HELD[register] and not early else (2,)
        fitting = (count * register for count in counts if self.lanes % (count * register) == 0)
        return replace(self, vector=next(fitting, self.vector))


@cache
def lanes_of_register() -> int:
    """Single numbers that one vector register holds: 16 with AVX-512, else 8.

    Eight sums side by side, as in products, and what they are made of fit 16 registers; sums of two registers each do
    not (on AVX2 an update of 8 units took a fifth longer: srnn, lstm, gru). NEON's registers hold 4, but are 32.
    """
    return 16 if has_avx512() else 8


def shape_of(weights: int, batch: int) -> Shape:
    """Lanes for a cell of so many ``weights`` on ``batch`` sequences; never depends on the members, so nor do bits."""
    wanted = next((lanes for most, lanes in LANES.items() if weights <= most), BLOCK)
    members = max(1, wanted // batch)
    lanes = math.ceil(max(wanted, members * batch) / BLOCK) * BLOCK
    many = wanted > BLOCK and lanes % MANY == 0
    return Shape(batch, members, lanes, MANY if many else lanes_of_register())
