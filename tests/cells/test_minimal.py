"""minGRU and minLSTM against numpy, one step after another and in closed form."""

import numpy as np
import pytest
import torch

from tests.cells.over_time import Array, make, noise, outputs, shaken, sigmoid, weights


def gates(text: str, own: dict[str, Array], x: Array) -> tuple[Array, Array]:
    """What is kept of h and what is added to it, ``time batch hidden`` each."""
    parts = np.split(x @ own["kernel"] + own["bias"], 2 if text == "mingru" else 3, axis=-1)
    if text == "mingru":
        return 1 - sigmoid(parts[0]), sigmoid(parts[0]) * parts[1]
    f, i = sigmoid(parts[0]), sigmoid(parts[1])
    return f / (f + i), i / (f + i) * parts[2]


@pytest.mark.parametrize("text", ["mingru", "minlstm"])
def test_equals_the_papers_equations(text: str) -> None:
    cell, x = shaken(text, 2, 3, 1.0), noise(9, 4, 2)
    kept, new = gates(text, weights(cell), x)
    made, h = outputs(cell, x), np.zeros((4, 3))
    for time in range(9):
        h = kept[time] * h + new[time]
        np.testing.assert_allclose(made[time], h, rtol=0, atol=1e-12)
    # the closed form: every input is weighted by the product of all gates after it
    last = sum(new[time] * np.prod(kept[time + 1 :], axis=0) for time in range(9))
    np.testing.assert_allclose(made[-1], last, rtol=0, atol=1e-12)


def test_by_hand() -> None:
    """All weights nought but the candidate's bias of 8: each step goes half of the way there."""
    for text, place in (("mingru", 1), ("minlstm", 2)):
        cell = make(text, 1, 1)
        with torch.no_grad():
            for parameter in cell.parameters():
                parameter.zero_()
            cell.get_parameter("bias")[place] = 8.0
        assert outputs(cell, np.zeros((3, 1, 1))).ravel().tolist() == [4.0, 6.0, 7.0]


def test_forget_bias() -> None:
    with_bias, without = weights(make("minlstm[forget_bias=3]", 2, 4)), weights(make("minlstm", 2, 4))
    assert (with_bias["bias"][:4] == 3).all()
    assert (with_bias["bias"][4:] == without["bias"][4:]).all()
    assert (with_bias["kernel"] == without["kernel"]).all()


def test_states_are_counted() -> None:
    assert make("mingru", 1, 5).state_size == make("minlstm", 1, 5).state_size == 5
