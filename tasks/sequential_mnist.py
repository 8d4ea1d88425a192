"""Sequential and permuted MNIST, from the four IDX files that the user has."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnbench.registry import TASKS
from rnnbench.task import Batch, Classes, Features, Purpose, Small, Success, Task

from ._idx import mnist
from ._real import check_fixed, passes, permutation


@TASKS.register("sequential_mnist")
@dataclass(frozen=True, kw_only=True)
class SequentialMNIST(Task):
    """Which digit do these 28 x 28 pixels show, read a pixel (or a row) at a time?

    MNIST's images, pixels divided by 255, so 0 to 1, read by rows or in one fixed permutation (``order``).
    ``pixels`` are fed a step, and ``length`` must be 784 / ``pixels``. The class is wanted at the last step. The test
    set is MNIST's; the last twentieth of its training set (3,000 images of 60,000) is for validation, our choice. A set
    of more sequences than images repeats them in whole passes. Each of 28 steps of ``pixels=28`` is a row, top first.

    Nothing is downloaded. The four files (train-images-idx3-ubyte, train-labels-idx1-ubyte and t10k- likewise, as they
    are or with .gz) must lie in the folder ``mnist`` of the folder that the environment variable RNNBENCH_DATA names.
    That is no parameter, since a trial's identity must not depend on where files lie; nor does it on what is in them.

    Solved at 0.95, the accuracy of nearest neighbours in LeCun et al. 1998: our choice, the sources only compare.
    The permutation is that of expRNN's code. Chance is the share of the commonest digit (1) in training.
    """

    source = "Le et al. 2015, Sec. 4.2, on the images of LeCun et al. 1998"
    kind = "real data"
    guessing = "0.112"
    presets = {"permuted": {"order": "permuted"}, "rows": {"pixels": 28}}
    small = Small(length=28, parameters={"pixels": 28})
    own_splits = True

    order: Literal["rows", "permuted"] = "rows"
    pixels: Literal[1, 28] = 1

    @property
    def minimum_length(self) -> int:
        """The only length."""
        return 784 // self.pixels

    @property
    def inputs(self) -> Features:
        """``pixels`` brightnesses."""
        return Features(self.pixels)

    @property
    def answer(self) -> Classes:
        """The digit."""
        return Classes(10)

    @property
    def success(self) -> Success:
        """As good as nearest neighbours."""
        return Success(threshold=0.95)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Training images, see :meth:`draw`."""
        return self.draw(rng, batch, length, "train")

    def draw(self, rng: np.random.Generator, batch: int, length: int, purpose: Purpose) -> Batch:
        """Inputs ``batch length pixels``; one class a sequence at the last step."""
        images, classes = mnist(self.name)[purpose]
        rows = passes(rng, len(images), batch)
        pixels = images[rows].reshape(batch, 784)
        if self.order == "permuted":
            pixels = pixels[:, permutation(784)]
        return Batch.at_end(pixels.reshape(batch, length, self.pixels) / np.float32(255), classes[rows])

    @property
    def chance(self) -> float:
        """The share of the commonest class in MNIST's whole training set: 6742 ones of 60,000."""
        return 6742 / 60000

    @property
    def class_balance(self) -> tuple[float, ...]:
        """Shares of the classes in training."""
        classes = mnist(self.name)["train"][1]
        return tuple((np.bincount(classes, minlength=10) / len(classes)).tolist())

    def check_length(self, length: int) -> None:
        """Refuse lengths that do not read the image, and missing files."""
        check_fixed(self.name, length, 784, "pixels", self.pixels)
        mnist(self.name)
