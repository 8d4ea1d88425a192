"""The order in which terms are added up."""

import pytest

from rnnbench.recurrence.adjoint import depth
from rnnbench.recurrence.graph import Apply, Constant, Leaf, Node, Product, Select, Step, Weight, apply
from rnnbench.recurrence.sums import products_last

X, H = Leaf(1, "inputs", 0), Leaf(1, "state", 0)
W, U, B = Weight(1, 0), Weight(1, 1), Weight(1, 2)


def step_of(*new_states: Node) -> Step:
    return Step(inputs=1, states=(1,) * len(new_states), weights=8, output=new_states[0], new_states=new_states)


def written(node: Node) -> str:
    """``node`` as an expression."""
    match node:
        case Apply(function="add"):
            return f"({written(node.arguments[0])} + {written(node.arguments[1])})"
        case Apply(function="mul"):
            return f"{written(node.arguments[0])} {written(node.arguments[1])}"
        case Apply():
            return f"{node.function}({', '.join(map(written, node.arguments))})"
        case Product():
            return f"{written(node.source)} W{node.start}"
        case Constant():
            return str(node.value)
        case _:
            return {X: "x", H: "h", W: "w", U: "u", B: "b"}[node]


def test_bias_then_inputs_then_state() -> None:
    of_state, of_inputs = apply("mul", H, U), apply("mul", X, W)
    found = products_last(step_of(apply("tanh", apply("add", apply("add", of_state, of_inputs), B))))
    assert written(found.output) == "tanh(((b + x w) + h u))"


def test_products_with_matrices_too() -> None:
    found = products_last(step_of(apply("add", apply("add", Product(1, X, 3, 1, 1), Product(1, X, 4, 1, 1)), B)))
    assert written(found.output) == "((b + x W3) + x W4)"


def test_what_waits_for_the_state_comes_last() -> None:
    found = products_last(step_of(apply("add", Product(1, H, 3, 1, 1), apply("add", Product(1, X, 4, 1, 1), B))))
    assert written(found.output) == "((b + x W4) + h W3)"


def test_a_sum_that_is_read_twice_stays_whole() -> None:
    total = apply("add", apply("mul", H, U), B)
    for root in (apply("sin", total), total):  # a new state is read by the next step
        found = products_last(step_of(apply("add", total, apply("mul", X, W)), root))
        first, second = map(written, found.new_states)
        assert (first, second) == ("((b + h u) + x w)", written(root).replace("h u + b", "b + h u"))
        assert found.new_states[0].sources[0] in (found.new_states[1], *found.new_states[1].sources)


def test_what_is_computed_from_a_sum_is_made_anew() -> None:
    total = apply("add", apply("mul", H, U), B)
    found = products_last(step_of(Select(1, total, ((0, 0),)), Product(1, total, 3, 1, 1)))
    assert [written(state.sources[0]) for state in found.new_states] == ["(b + h u)"] * 2
    assert [type(state) for state in found.new_states] == [Select, Product]


@pytest.mark.parametrize(
    "total",
    [
        apply("add", apply("add", apply("mul", X, W), Constant(1, 4.0)), Constant(1, -4.0)),  # rounds
        apply("add", apply("mul", H, apply("tanh", X)), B),
        apply("tanh", apply("mul", H, apply("sub", X, B))),
    ],
)
def test_other_sums_stay_as_they_are(total: Node) -> None:
    assert products_last(step_of(total)) == step_of(total)


def test_long_sums_stay_as_they_are() -> None:
    total: Node = apply("mul", H, U)
    for _ in range(3000):
        total = apply("add", total, B)
    assert depth([products_last(step_of(total)).output]) <= depth([total])
    terms: list[Node] = [apply("mul", X, W) for _ in range(64)]
    while len(terms) > 1:
        terms = [apply("add", a, b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
    assert depth([products_last(step_of(terms[0])).output]) <= 12
