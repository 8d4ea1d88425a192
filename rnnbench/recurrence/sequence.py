"""The kernel of models that read whole sequences: plain PyTorch, all members at once under ``vmap``."""

from collections.abc import Sequence

from torch import Tensor
from torch.func import vmap

from rnnbench.recurrence.step import Weights, call_method
from rnnbench.sequence_model import SequenceModel


class SequenceKernel:
    """``model`` for ``members`` models; on a CPU tiles have one member, whose shapes are then its own."""

    name = "eager"

    def __init__(self, model: SequenceModel, members: int, reason: str = "") -> None:
        self._model, self._members, self.reason = model, members, reason

    def __call__(
        self, parameters: Weights, inputs: Tensor, lengths: Tensor, shortest: int, wanted: Sequence[int]
    ) -> dict[int, Tensor]:
        """Outputs at each step of ``wanted``, as :class:`rnnbench.recurrence.eager.EagerKernel` documents.

        ``lengths`` need no mask: scored steps lie before the end of their sequence, and no output sees what is behind.
        """
        del lengths, shortest
        x = inputs[: max(wanted) + 1]
        if self._members == 1:
            own = {name: value[0] for name, value in parameters.items()}
            outputs = call_method(self._model, "over_time", own, x[:, 0]).unsqueeze(1)
        else:
            outputs = vmap(self._of_one, in_dims=(0, 1), out_dims=1)(parameters, x)
        return {step: outputs[step] for step in wanted}

    def _of_one(self, own: Weights, x: Tensor) -> Tensor:
        made: Tensor = call_method(self._model, "over_time", own, x)
        return made
