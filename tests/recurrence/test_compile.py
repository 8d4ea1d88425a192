"""Generated code on disk: what is damaged there, or does not fit, is compiled anew."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from numba.core.caching import FunctionCache

from rnnbench.recurrence import compile as module

SOURCE = "import numba\n\n\n@numba.njit(cache=True)\ndef twice(x):\n    return 2 * x\n"
DAMAGES: dict[str, Callable[[Path], Any]] = {
    "emptied": lambda file: file.write_bytes(b""),
    "cut": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "overwritten": lambda file: file.write_bytes(bytes(range(256)) * 4),
    "gone": lambda file: file.unlink(),
}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the code lies."""
    monkeypatch.setenv(module.FOLDER, str(tmp_path))
    return tmp_path


def twice(number: int) -> int:
    """As another process would call it."""
    result: int = module._import(module._name(SOURCE), SOURCE).twice(number)
    return result


@pytest.mark.parametrize("suffix", ["py", "nbi", "nbc"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_made_anew(suffix: str, damage: str, kept: Path) -> None:
    assert twice(2) == 4
    (file,) = kept.rglob(f"*.{suffix}")
    whole = file.read_bytes()
    DAMAGES[damage](file)
    assert [twice(3), twice(4)] == [6, 8]
    mended = [found.read_bytes() for found in kept.rglob(f"*.{suffix}")]
    assert len(mended) == 1
    assert len(mended[0]) == pytest.approx(len(whole), rel=0.2)


def test_a_full_disk_is_no_mistake_of_the_code(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FunctionCache, "save_overload", full)
    assert twice(2) == 4
    assert not [*kept.rglob("*.nbc")]
