"""What every cell owes, whatever its equations: shapes, a full and seeded start, rows that do not meet."""

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


def rows_at_every_step(cell: Cell, x: Tensor) -> list[State]:
    """Output and state parts after each step of ``x``, ``time batch feature``."""
    state, made = start(cell, x.shape[1]), []
    for now in x:
        output, state = cell.step(now, state)
        made.append((output, *state))
    return made


def fill(cell: Cell, value: float) -> None:
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.fill_(value)


def test_all_cells_and_presets_are_here() -> None:
    expected = {f"{name}{like}" for name in GATES for like in ("", "[like=torch]", "[like=keras2]", "[like=keras3]")}
    assert expected <= set(texts())


@pytest.mark.parametrize(("inputs", "hidden"), SIZES)
@pytest.mark.parametrize("text", texts())
def test_a_step_keeps_shapes(text: str, inputs: int, hidden: int) -> None:
    cell = ready(text, inputs, hidden)
    for batch in (1, 5):
        state = start(cell, batch)
        shapes = [part.shape for part in state]
        assert all(shape[0] == batch and len(shape) >= 2 for shape in shapes)
        for _ in range(2):
            output, state = cell.step(torch.randn(batch, inputs, dtype=torch.float64), state)
            assert output.shape == (batch, hidden)
            assert isinstance(state, tuple)
            assert [part.shape for part in state] == shapes
            assert {part.dtype for part in (output, *state)} == {torch.float64}


@pytest.mark.parametrize(("inputs", "hidden"), SIZES)
@pytest.mark.parametrize("text", texts())
def test_the_declared_state_size_is_what_is_carried(text: str, inputs: int, hidden: int) -> None:
    cell = ready(text, inputs, hidden)
    _, state = cell.step(torch.zeros(1, inputs, dtype=torch.float64), start(cell, 1))
    assert cell.state_size == sum(part.numel() for part in state)
    if cell.name in STATES:
        assert cell.state_size == STATES[cell.name] * hidden


@pytest.mark.parametrize(("inputs", "hidden"), SIZES)
@pytest.mark.parametrize("text", texts())
def test_reset_draws_every_parameter_from_its_generator_alone(text: str, inputs: int, hidden: int) -> None:
    drawn: list[Tensor] = []
    for before, seed in ((float("nan"), 0), (7.0, 0), (float("nan"), 1)):
        cell = make(text, inputs, hidden)
        fill(cell, before)
        torch.manual_seed(seed + len(drawn))
        untouched = torch.get_rng_state()
        cell.reset_parameters(np.random.default_rng(seed))
        assert torch.equal(torch.get_rng_state(), untouched)
        assert all(bool(parameter.isfinite().all()) for parameter in cell.parameters())
        drawn.append(flat(cell))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize("text", texts())
def test_reset_in_single_precision_is_the_same_draw_rounded(text: str) -> None:
    double, single = make(text, 2, 3), make(text, 2, 3).float()
    for cell in (double, single):
        cell.reset_parameters(np.random.default_rng(4))
    assert torch.equal(flat(double).float(), flat(single))


@pytest.mark.parametrize(("inputs", "hidden"), SIZES)
@pytest.mark.parametrize("text", texts())
def test_a_row_alone_equals_the_row_in_a_batch(text: str, inputs: int, hidden: int) -> None:
    batch, time = 6, 4
    cell = ready(text, inputs, hidden)
    x = torch.from_numpy(np.random.default_rng(1).normal(size=(time, batch, inputs)))
    together = rows_at_every_step(cell, x)
    outputs = torch.cat([parts[0] for parts in together], dim=1).detach().numpy()
    assert len(np.unique(outputs, axis=0)) > batch // 2  # the rows do differ, but where a unit is rectified to nought
    for row in range(batch):
        alone = rows_at_every_step(cell, x[:, row : row + 1])
        for own, whole in zip(itertools.chain(*alone), itertools.chain(*together), strict=True):
            torch.testing.assert_close(own, whole[row : row + 1], rtol=0, atol=1e-12)


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
