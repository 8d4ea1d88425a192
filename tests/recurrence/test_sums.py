"""The order in which terms are added up."""

from rnnbench.recurrence.graph import Apply, Constant, Leaf, Node, Product, Step, Weight, apply
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
    found = products_last(step_of(apply("add", Product(1, H, 3, 1, 1), apply("add", B, Product(1, X, 4, 1, 1)))))
    assert written(found.output) == "((b + x W4) + h W3)"


def test_a_sum_that_is_read_twice_stays_whole() -> None:
    total = apply("add", apply("mul", H, U), B)
    found = products_last(step_of(apply("add", total, apply("mul", X, W)), apply("sin", total)))
    assert [written(state) for state in found.new_states] == ["((b + h u) + x w)", "sin((b + h u))"]
    assert found.new_states[0].sources[0] is found.new_states[1].sources[0]


def test_what_has_no_sums_stays_as_it_is() -> None:
    step = step_of(apply("tanh", apply("mul", H, apply("sub", X, B))))
    assert products_last(step) == step


def test_long_chains_need_no_recursion() -> None:
    total: Node = apply("mul", H, U)
    for _ in range(3000):
        total = apply("add", total, B)
    found: Node = products_last(step_of(total)).output
    assert found.sources[1] is not B
    assert written(found.sources[1]) == "h u"
