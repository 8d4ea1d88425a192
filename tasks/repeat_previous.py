"""Repeat previous: the card game of POPGym, played without actions."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from rnnbench.errors import RnnbenchError
from rnnbench.registry import TASKS
from rnnbench.task import Array, Batch, Classes, Small, Task, Tokens

SUITS, RANKS = 4, 13


@TASKS.register("repeat_previous")
@dataclass(frozen=True, kw_only=True)
class RepeatPrevious(Task):
    """Say at every step which suit was shown as the ``k``-th last card, the present one being the first.

    ``decks`` packs of 52 cards are shuffled together and dealt; a step feeds the suit of one card. Scored from the step
    at which ``k`` cards have been seen. As in the source's code ``k`` counts the present card, so the lag is ``k`` - 1
    steps. With ``k=3``::

        input    2 0 0 3 1
        target   . . 2 0 0

    A published episode is all cards but one: lengths 51 (easy), 103 (medium), 155 (hard). After the last card of the
    pack further cards come from a pack shuffled anew (ours, so that any length can be posed).
    """

    source = "Morad et al. 2023, Repeat Previous, and the authors' code (repeat_previous.py)"
    kind = "storage"
    guessing = "1/4"
    presets = {"easy": {"k": 4, "decks": 1}, "medium": {"k": 32, "decks": 2}, "hard": {"k": 64, "decks": 3}}
    minimum_length = 4
    small = Small(length=10, parameters={"k": 2})

    k: Annotated[int, Field(ge=1, le=100_000)] = 4
    decks: Annotated[int, Field(ge=1, le=1000)] = 1

    @property
    def inputs(self) -> Tokens:
        """The four suits."""
        return Tokens(SUITS)

    @property
    def answer(self) -> Classes:
        """The four suits."""
        return Classes(SUITS)

    def check_length(self, length: int) -> None:
        """Refuse a length at which nothing would be wanted."""
        if length < self.k:
            raise RnnbenchError(f"task {self.name!r} needs length ≥ k, got length={length}, k={self.k}.")

    def sample(self, rng: np.random.Generator, batch: int, length: int) -> Batch:
        """Inputs ``batch time``, classes ``batch time``."""
        pack = np.tile(np.repeat(np.arange(SUITS), RANKS * self.decks), (batch, 1))
        dealt = [rng.permuted(pack, axis=1) for _ in range(0, length, pack.shape[1])]
        suits = np.concatenate(dealt, axis=1)[:, :length]
        return Batch.at(suits, self.solve(suits), np.arange(length) >= self.k - 1)

    def solve(self, inputs: Array) -> Array:
        """The suits, shifted by the lag."""
        targets = np.zeros_like(inputs)
        targets[:, self.k - 1 :] = inputs[:, : inputs.shape[1] - self.k + 1]
        return targets

    def memoryless(self, length: int) -> float:
        """Any suit but the present one: of the pack's other cards, one fewer is of the present suit."""
        if self.k == 1:
            return 1.0
        cards = SUITS * RANKS * self.decks
        now = np.arange(self.k - 1, length)
        same_pack = now // cards == (now - self.k + 1) // cards
        return float(np.mean(np.where(same_pack, RANKS * self.decks / (cards - 1), 1 / SUITS)))
