"""What ran is read back as it was written."""

import pytest

from rnnbench.ran import Ran


@pytest.mark.parametrize(
    ("ran", "text"),
    [
        (Ran("numba"), "numba"),
        (Ran("eager", "mine is not lowered: aten.cumsum"), "eager (mine is not lowered: aten.cumsum)"),
        (Ran("numba", "updates are not fused (it cannot be traced)"),
         "numba (updates are not fused (it cannot be traced))"),
    ],
)  # fmt: skip
def test_written_and_read(ran: Ran, text: str) -> None:
    assert str(ran) == text
    assert Ran.of(text) == ran
