"""One grammar for tasks, cells and optimisers."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnbench import grammar
from rnnbench.errors import RnnbenchError


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("lstm", "lstm", {}),
        (" lstm ", "lstm", {}),
        ("lstm[like=keras2,forget_bias=1]", "lstm", {"like": "keras2", "forget_bias": "1"}),
        ("lstm:like=keras2, forget_bias = -0.5", "lstm", {"like": "keras2", "forget_bias": "-0.5"}),
        ("copy:arjovsky", "copy", {"like": "arjovsky"}),
        ("copy[arjovsky,length=3]", "copy", {"like": "arjovsky", "length": "3"}),
    ],
)
def test_reads(text: str, name: str, arguments: dict[str, str]) -> None:
    assert grammar.parse(text) == grammar.Call(name, arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a name such as lstm or lstm[forget_bias=1], got ''."),
        ("9a", "expected a name such as lstm or lstm[forget_bias=1], got '9a'."),
        ("lstm(a=1)", "'lstm(a=1)' is not understood after 'lstm': write lstm[key=value] or lstm:key=value."),
        ("lstm[a=1", "'lstm[a=1' is not understood after 'lstm': write lstm[key=value] or lstm:key=value."),
        ("lstm:a=", "'a=' in 'lstm:a=' is not key=value."),
        ("lstm:a=1,a=2", "'a' is given twice in 'lstm:a=1,a=2'."),
        ("lstm:x,y", "'like' is given twice in 'lstm:x,y'."),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(RnnbenchError) as error:
        grammar.parse(text)
    assert str(error.value) == message


def test_splits_outside_brackets() -> None:
    assert grammar.split_list("a, b[c=1,d=2] ,e") == ["a", "b[c=1,d=2]", "e"]
    assert grammar.split_list("a,b:c=1, d=2,e:f,g:h=1,i") == ["a", "b:c=1,d=2", "e:f", "g:h=1", "i"]
    assert grammar.split_list("a,b=1") == ["a", "b=1"]  # nothing is open: left for parse() to refuse


@settings(suppress_health_check=[HealthCheck.too_slow])  # a machine's first draw builds tables of characters
@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
        st.one_of(st.booleans(), st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
        max_size=4,
    )
)
def test_what_is_written_reads_back(parameters: dict[str, object]) -> None:
    call = grammar.parse(grammar.write("cell", parameters))
    assert call.name == "cell"
    for key, value in parameters.items():
        text = call.arguments[key]
        if isinstance(value, bool) or value is None:
            assert text == str(value).lower()
        else:
            assert (int if isinstance(value, int) else float)(text) == value
