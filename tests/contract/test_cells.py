"""What shipped cells owe beside the checks of ``rnnbench check`` (``test_cell_checks``): counts, sources, kernels."""

import itertools
import typing
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from rnnbench.cell import Cell, Kind, State
from rnnbench.parameters import parameters_of, resolve
from rnnbench.recurrence.numba_kernel import NumbaKernel
from rnnbench.recurrence.operations import NotLowered
from rnnbench.recurrence.origins import origins
from rnnbench.registry import CELLS

SOURCES = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8").splitlines()

STEPPED = [name for name in CELLS if CELLS[name].by_step]
SIZES = list(itertools.product((1, 2), (1, 3, 8)))
GATES = {"srnn": 1, "lstm": 4, "gru": 3}
STATES = {"srnn": 1, "lstm": 2, "gru": 1}
"""Matrices and states of the three whose counts are asserted below; every other cell has a test of its own."""
BIASES = {
    ("srnn", "keras2"): 1,
    ("srnn", "keras3"): 1,
    ("lstm", "keras2"): 1,
    ("lstm", "keras3"): 1,
    ("lstm", "chrono"): 1,
    ("gru", "keras2"): 1,
}
"""Where there is one bias and not two; the GRU of Keras 3 resets after the product and keeps two."""


def texts() -> list[str]:
    """Every cell as it is by default and by each of its presets."""
    return [text for name in STEPPED for text in (name, *(f"{name}[like={like}]" for like in CELLS[name].presets))]


def make(text: str, inputs: int, hidden: int) -> Cell:
    resolved = resolve(CELLS, text)
    cell: Cell = CELLS[resolved.name](inputs, hidden, **resolved.parameters).double()
    return cell


def ready(text: str, inputs: int, hidden: int) -> Cell:
    cell = make(text, inputs, hidden)
    cell.reset_parameters(np.random.default_rng(0))
    cell.derived = cell.derive()
    return cell


def start(cell: Cell, batch: int) -> State:
    return tuple(part.double() for part in cell.initial_state(batch))


def flat(cell: Cell) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in cell.parameters()])


def test_all_cells_and_presets_are_here() -> None:
    expected = {f"{name}{like}" for name in GATES for like in ("", "[like=torch]", "[like=keras2]", "[like=keras3]")}
    assert expected <= set(texts())


@pytest.mark.parametrize("hidden", [1, 3, 8])
@pytest.mark.parametrize("name", STATES)
def test_state_size(name: str, hidden: int) -> None:
    assert make(name, 2, hidden).state_size == STATES[name] * hidden


@pytest.mark.parametrize(("inputs", "hidden"), SIZES)
@pytest.mark.parametrize("text", [text for text in texts() if text.partition("[")[0] in GATES])
def test_parameter_count(text: str, inputs: int, hidden: int) -> None:
    cell = make(text, inputs, hidden)
    like = text.partition("[like=")[2].rstrip("]")
    biases = BIASES.get((cell.name, like), 2)
    assert flat(cell).numel() == GATES[cell.name] * hidden * (inputs + hidden + biases)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        # one unit, one input, as model.summary() of Keras counts: gates · (kernel 1 + recurrent 1 + biases)
        ("srnn[like=keras2]", 3),
        ("lstm[like=keras2]", 12),
        ("lstm[like=keras3]", 12),
        ("gru[like=keras2]", 9),
        ("gru[like=keras3]", 12),
        ("lstm[like=torch]", 16),
    ],
)
def test_parameter_count_of_one_unit_by_hand(text: str, count: int) -> None:
    assert flat(make(text, 1, 1)).numel() == count


@pytest.mark.parametrize("name", STEPPED)
def test_what_is_said_to_concern_only_the_start_does(name: str) -> None:
    """Presets that agree in all but ``initialisation`` step alike from equal weights."""
    kind = CELLS[name]
    assert kind.initialisation <= set(parameters_of(kind))
    groups: dict[tuple[tuple[str, object], ...], list[Tensor]] = {}
    for like in kind.presets:
        resolved = resolve(CELLS, f"{name}[like={like}]")
        rest = tuple((key, value) for key, value in resolved.parameters.items() if key not in kind.initialisation)
        cell = kind(2, 3, **resolved.parameters).double()
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for parameter in cell.parameters():
                parameter.normal_(generator=generator)
        cell.derived = cell.derive()
        x = torch.randn(4, 2, dtype=torch.float64, generator=generator)
        state = tuple(torch.randn(part.shape, dtype=torch.float64, generator=generator) for part in start(cell, 4))
        groups.setdefault(rest, []).append(cell.step(x, state)[0].detach())
    for outputs in groups.values():
        assert all(torch.equal(output, outputs[0]) for output in outputs)
    for one, other in itertools.combinations([outputs[0] for outputs in groups.values()], 2):
        assert not torch.allclose(one, other)


@pytest.mark.parametrize("name", list(CELLS))
def test_the_source_is_a_section_of_the_documents(name: str) -> None:
    paper, comma, _ = CELLS.entry(name).source.partition(",")
    assert comma, "paper and where in it"
    assert f"## {paper}" in SOURCES, f"docs/sources.md lacks it: {paper}"
    assert CELLS[name].kind in typing.get_args(Kind)


@pytest.mark.parametrize("text", texts())
def test_a_kernel_can_be_made_of_it(text: str) -> None:
    """Lowered, and every number it reads of a member has an origin, or the refusal names an operation of its own."""
    cell = ready(text, 2, 3)
    lowered = NumbaKernel(cell, 3, 4).lowered
    parameters = sum(parameter.numel() for parameter in cell.parameters())
    if text.startswith("orthogonal"):
        with pytest.raises(NotLowered, match=r"is outside the supported operations \(orthogonal.py:"):
            origins(cell, lowered, parameters)
        return
    found = origins(cell, lowered, parameters)
    assert len(found.places) == lowered.step.weights
    assert max(found.places) < found.total
