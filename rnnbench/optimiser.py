"""The contract of an optimiser: one rule for a whole population, its hyper-parameters per member."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from torch import Tensor

Slots = dict[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Optimiser(ABC):
    """A rule's fields are its hyper-parameters; float fields may differ between members of a population."""

    name: ClassVar[str]
    source: ClassVar[str]
    version: ClassVar[int] = 1
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    slots: ClassVar[tuple[str, ...]] = ()
    """Names of the running averages the rule keeps, each ``member parameter``, zero at the start."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the float fields, which may differ between the members of a population."""
        return tuple(item.name for item in fields(self) if isinstance(getattr(self, item.name), float))

    @abstractmethod
    def update(self, p: Tensor, g: Tensor, slots: Slots, t: int, h: Mapping[str, Tensor]) -> Tensor:
        """New parameters after update ``t`` (from 1).

        ``p``, ``g`` and every slot are ``member parameter``; slots are replaced in the dict. ``h`` holds the float
        fields and ``learning_rate``, each ``member 1``.
        """
