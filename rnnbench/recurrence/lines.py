"""Which line of a cell an operation or an error comes from, and what is wrong with it."""

import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import nn
from torch.fx.traceback import preserve_node_meta, set_stack_trace
from torch.overrides import TorchFunctionMode

_CALLER = Path(__file__).with_name("step.py")
"""Where cells are entered."""


@contextmanager
def kept_lines() -> Iterator[None]:
    """What is traced meanwhile carries its line as ``stack_trace``. Raises Unseen for what no trace records."""
    with preserve_node_meta(), _Lines():
        yield


def line_of(error: BaseException) -> str:
    """`` (file:line)`` where a cell raised ``error``; empty if it was not in a cell."""
    return _line(reversed([*traceback.walk_tb(error.__traceback__)]))


def cause_of(error: BaseException) -> str:
    """What stopped the tracing of a step, in few words."""
    text = str(error)
    if any(sign in text for sign in ("data-dependent", "_local_scalar_dense", "calling .item()")):
        return "what it does depends on a value; torch.where chooses without an if"
    if "setup_context staticmethod" in text:
        return "an autograd.Function of its own, without setup_context"
    first = (text.splitlines() or [""])[0]
    return first if isinstance(error, Unseen) else f"{type(error).__name__}: {first}"


class Unseen(Exception):
    """A trace cannot see what the cell does."""


UNSEEN: dict[Any, str] = {
    torch.Tensor.data: "what .data takes has no gradient; .detach() says so to a trace",
    torch.Tensor.requires_grad: "what it does depends on requires_grad, which no number has in a trace",
    torch.Tensor.register_hook: "a trace does not see the hook on a gradient",
}
"""By the attribute or method of a tensor: what it does that is in no trace."""


class _Lines(TorchFunctionMode):
    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if not torch.is_grad_enabled():
            raise Unseen("what runs under torch.no_grad() has no gradient; .detach() says so to a trace")
        what = getattr(function, "__self__", function)
        if what in UNSEEN and not isinstance(args[0], nn.Parameter):  # of its own parameters a cell may ask
            by_torch = what is not torch.Tensor.register_hook and _is_foreign(Path(sys._getframe(1).f_code.co_filename))
            if not by_torch:
                raise Unseen(UNSEEN[what])
        set_stack_trace([_line(traceback.walk_stack(sys._getframe(1)))])
        return function(*args, **(kwargs or {}))


def _line(frames: Iterable[tuple[FrameType, int]]) -> str:
    """The innermost line in the file that ``step`` is in; ``frames`` begin inside."""
    places = ((Path(frame.f_code.co_filename), number) for frame, number in frames)
    within = takewhile(lambda place: place[0] != _CALLER, places)
    own = [(path, number) for path, number in within if not _is_foreign(path)]
    return next((f" ({path.name}:{number})" for path, number in own if path == own[-1][0]), "")


def _is_foreign(path: Path) -> bool:
    return path == Path(__file__) or path.is_relative_to(Path(torch.__file__).parent)
