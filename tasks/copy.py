"""The copying memory problem: hold ten symbols over a long blank."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Success, Task, Tokens


@TASKS.register("copy")
@dataclass(frozen=True, kw_only=True)
class Copy(Task):
    """Say the symbols of the beginning again, in their order, after ``length`` blank steps.

    ``items`` symbols drawn from 1 to ``symbols``, ``length`` - 1 blanks (0), a marker (``symbols`` + 1), and ``items``
    steps for the answer: ``length`` + 2 ``items`` steps. During the answer ``marker=once`` feeds blanks and
    ``marker=held`` repeats the marker. ``scored=all`` wants a blank at every step before the answer; ``scored=answer``
    asks only for the symbols, class 0 being symbol 1. With ``items=3``, ``symbols=8``, ``length=4``::

        input    3 8 1 0 0 0 9 0 0 0
        target   0 0 0 0 0 0 0 3 8 1

    Where blanks are scored, blanks for ever are right at all steps but ``items``; hence the strict success rule.
    Guessing is uniform over the classes; :meth:`memoryless` says what free blanks are worth.
    """

    source = "Arjovsky et al. 2016, Sec. 5.1"
    kind = "storage"
    guessing = "1/9"
    presets = {
        "arjovsky": {"symbols": 8, "items": 10, "marker": "once", "scored": "all"},
        "tcn": {"symbols": 8, "items": 10, "marker": "held", "scored": "all"},
    }
    preset_sources = {"tcn": "Bai et al. 2018, Sec. 4 and the authors' code (copy_memory)"}
    small = Small(length=5, parameters={"symbols": 2, "items": 3, "scored": "answer"})

    symbols: Annotated[int, Field(ge=2, le=1000)] = 8
    items: Annotated[int, Field(ge=1, le=1000)] = 10
    marker: Literal["once", "held"] = "once"
    scored: Literal["all", "answer"] = "all"

    @property
    def inputs(self) -> Tokens:
        """Blank, symbols, marker."""
        return Tokens(self.symbols + 2)

    @property
    def answer(self) -> Classes:
        """The symbols, and the blank before them if that is scored."""
        return Classes(self.symbols + (self.scored == "all"))

    @property
    def success(self) -> Success:
        """99.99 % where blanks count: at length 1000 one sequence in ten has one wrong symbol."""
        return Success("accuracy", 0.9999 if self.scored == "all" else 0.99)

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time``, classes ``batch time``."""
        symbols = rng.integers(1, self.symbols + 1, size=(batch, self.items))
        tokens = np.zeros((batch, self.steps(length)), dtype=np.int64)
        tokens[:, : self.items] = symbols
        tokens[:, -self.items - 1] = self.symbols + 1
        if self.marker == "held":
            tokens[:, -self.items :] = self.symbols + 1
        scored = (np.arange(tokens.shape[1]) >= length + self.items) | (self.scored == "all")
        return Batch.at(tokens, self._spoken(symbols, tokens.shape[1]), scored)

    def steps(self, length: int) -> int:
        """The published T is the blank; symbols and answer come on top."""
        return length + 2 * self.items

    def solve(self, inputs: Array) -> Array:
        """The first ``items`` tokens at the end, blanks before."""
        return self._spoken(inputs[:, : self.items], inputs.shape[1])

    def _spoken(self, symbols: Array, time: int) -> Array:
        """Classes ``batch time`` that end in ``symbols``."""
        targets = np.zeros((len(symbols), time), dtype=np.int64)
        targets[:, -self.items :] = symbols - (self.scored == "answer")
        return targets

    def memoryless(self, length: int) -> float:
        """All blanks right, symbols by chance."""
        blanks = length + self.items if self.scored == "all" else 0
        return (blanks + self.items / self.symbols) / (blanks + self.items)

    @property
    def class_balance(self) -> tuple[float, ...]:
        """Blanks, if scored, then the symbols, at the length of :attr:`small`."""
        blanks = self.small.length + self.items if self.scored == "all" else 0
        each = self.items / self.symbols / (blanks + self.items)
        return (*([1 - each * self.symbols] if blanks else []), *(each,) * self.symbols)
