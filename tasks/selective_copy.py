"""Selective copying: the symbols to hold come at random times among blanks."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Task, Tokens


@TASKS.register("selective_copy")
@dataclass(frozen=True, kw_only=True)
class SelectiveCopy(Task):
    """Say at the end the few symbols that were scattered among blanks, in their order.

    ``items`` symbols drawn from 1 to ``vocabulary`` - 2 stand among blanks (0); the last ``items`` of ``length`` steps
    are for the answer, class 0 being symbol 1. ``layout=gu``: the symbols are anywhere before the answer, every set of
    places equally likely, and the answer's steps feed the marker (``vocabulary`` - 1). ``layout=mad``: each blank goes
    before one of the symbols, which is drawn uniformly, so the last symbol is directly followed by the one marker, and
    the answer's steps feed blanks. With ``vocabulary=6``, ``items=2``, ``length=8``::

        gu     input   0 4 0 0 1 0 5 5      target   . . . . . . 3 0
        mad    input   0 4 0 0 1 5 0 0      target   . . . . . . 3 0

    Token numbers differ from the authors' code, which changes nothing. Published are lengths 4096 (gu; whether that
    counts the answer is not said, here it does) and 256 (mad).
    """

    source = "Gu & Dao 2023, Sec. 4.1.1; the code of S4 (copying.py, variable)"
    kind = "storage"
    guessing = "1/14"
    presets = {
        "gu": {"vocabulary": 16, "items": 16, "layout": "gu"},
        "mad": {"vocabulary": 16, "items": 16, "layout": "mad"},
    }
    preset_sources = {"mad": "Poli et al. 2024, Sec. 3.1 and the authors' code (instances.py)"}
    minimum_length = 34
    small = Small(length=10, parameters={"vocabulary": 4, "items": 2})

    vocabulary: Annotated[int, Field(ge=4, le=1000)] = 16
    items: Annotated[int, Field(ge=1, le=1000)] = 16
    layout: Literal["gu", "mad"] = "gu"

    @property
    def inputs(self) -> Tokens:
        """Blank, symbols, marker."""
        return Tokens(self.vocabulary)

    @property
    def answer(self) -> Classes:
        """The symbols."""
        return Classes(self.vocabulary - 2)

    def check_length(self, length: int) -> None:
        """Refuse a length without room for the symbols, a blank, the marker and the answer."""
        if length < 2 * self.items + 2:
            raise RnnbenchError(
                f"task {self.name!r} needs length ≥ 2 * items + 2, got length={length}, items={self.items}."
            )

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time``, classes ``batch time``."""
        symbols = rng.integers(1, self.vocabulary - 1, size=(batch, self.items))
        tokens = np.zeros((batch, length), dtype=np.int64)
        np.put_along_axis(tokens, self._places(rng, batch, length), symbols, axis=1)
        marked = slice(-self.items, None) if self.layout == "gu" else -self.items - 1
        tokens[:, marked] = self.vocabulary - 1
        return Batch.at(tokens, self._spoken(symbols, length), np.arange(length) >= length - self.items)

    def _places(self, rng: np.random.Generator, batch: int, length: int) -> Array:
        """Steps of the symbols in their order, ``batch item``."""
        if self.layout == "gu":
            drawn = rng.random((batch, length - self.items))
            return np.sort(np.argpartition(drawn, self.items - 1, axis=1)[:, : self.items], axis=1)
        blanks = length - 2 * self.items - 1
        gaps = rng.multinomial(blanks, np.full(self.items, 1 / self.items), size=batch)
        return np.asarray(gaps.cumsum(axis=1) + np.arange(self.items))

    def solve(self, inputs: Array) -> Array:
        """The first ``items`` symbols at the end."""
        symbol = (inputs > 0) & (inputs < self.vocabulary - 1)
        places = np.argsort(~symbol, axis=1, kind="stable")[:, : self.items]
        return self._spoken(np.take_along_axis(inputs, places, axis=1), inputs.shape[1])

    def _spoken(self, symbols: Array, time: int) -> Array:
        """Classes ``batch time`` that end in ``symbols``."""
        targets = np.zeros((len(symbols), time), dtype=np.int64)
        targets[:, -self.items :] = symbols - 1
        return targets

    def memoryless(self, length: int) -> float:
        """Marker and blank tell nothing."""
        return self.chance
