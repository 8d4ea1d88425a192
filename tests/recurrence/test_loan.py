"""Memory of one pass over time serves the next, but never two at once."""

import gc

import torch

from rnnbench.recurrence.loan import Lender
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.registry import CELLS


def test_what_came_back_is_lent_again_if_it_is_enough() -> None:
    lender = Lender()
    first, second = lender.lend(10, torch.float32), lender.lend(10, torch.float32)
    places = [loan.numbers.data_ptr() for loan in (first, second)]
    assert places[0] != places[1]
    del first
    assert lender.lend(8, torch.float32).numbers.data_ptr() == places[0]
    assert len(lender.lend(11, torch.float32).numbers) == 11
    assert lender.lend(5, torch.float64).numbers.dtype == torch.float64
    assert second.numbers.data_ptr() == places[1]


def test_one_block_is_kept_and_may_be_written_in_any_mode() -> None:
    lender = Lender()
    with torch.inference_mode():
        loans = [lender.lend(10, torch.float32) for _ in range(3)]
    last = loans[-1].numbers.data_ptr()
    while loans:
        del loans[0]
    again = [lender.lend(10, torch.float32) for _ in range(2)]
    assert again[0].numbers.data_ptr() == last
    assert again[1].numbers.data_ptr() != last
    again[0].numbers.zero_()


def test_graphs_that_live_together_keep_their_memory() -> None:
    cell = CELLS["srnn"](1, 2)
    kernel = NumbaKernel(cell, 1, 3)
    rng = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=rng)

    parameters = {name: normal(1, *own.shape).requires_grad_() for name, own in cell.named_parameters()}

    def gradient(loss: torch.Tensor) -> list[torch.Tensor]:
        return [*torch.autograd.grad(loss, [*parameters.values()], retain_graph=True)]

    def loss(inputs: torch.Tensor) -> torch.Tensor:
        lengths = torch.full((1, 3), 5)
        return kernel(parameters, inputs, lengths, 5, [4])[4].square().sum()

    one, other = normal(5, 1, 3, 1), normal(5, 1, 3, 1)
    alone = gradient(loss(one))
    gc.collect()
    both = loss(one), loss(other)
    for _ in range(2):  # the other's pass came between, and so does another pass back
        assert all(torch.equal(a, b) for a, b in zip(gradient(both[0]), alone, strict=True))
        gradient(both[1])
