"""What the documents say of the command line, done as they say it."""

import json
import math
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnbench.store.store import Store
from rnnbench.study import TUNABLE
from rnnbench.study.file import read
from tests.cli.conftest import SMALL, Command

ROOT = Path(__file__).parents[2]


def commands(document: str) -> list[str]:
    """Every ``rnnbench run`` of the document's blocks, the one of the task that the README adds left out."""
    text = (ROOT / document).read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, flags=re.S) for line in block.splitlines()]
    return [line for line in lines if line.startswith("rnnbench run") and "recall.py" not in line]


def study_of_the_documents() -> str:
    return _blocks()[0]


def _blocks() -> list[str]:
    return re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "studies.md").read_text(encoding="utf-8"), flags=re.S)


def test_commands_are_found() -> None:
    assert [len(commands(document)) for document in ("README.md", "docs/studies.md")] == [6, 5]


@pytest.mark.parametrize("command", [*commands("README.md"), *commands("docs/studies.md")])
def test_the_commands_of_the_documents_are_understood(command: str, rnnbench: Command, tmp_path: Path) -> None:
    (tmp_path / "my-study.toml").write_text(study_of_the_documents())
    words = [word for word in shlex.split(command, comments=True)[1:] if word != "--report"]
    done = rnnbench(*words, *["--dry-run"] * ("--dry-run" not in words))
    assert done.code == 0, done.err
    assert "to train in" in done.out


def test_the_study_of_the_documents_has_as_many_trials_as_they_say() -> None:
    trials = read(study_of_the_documents(), "my-study.toml", "my-study").trials()
    assert f"these are {len(trials):,} trials" in (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")


def test_what_the_documents_say_of_tuning_is_a_study() -> None:
    study, tuning = _blocks()
    at_the_top, _, table = tuning.partition("\n\n")
    without = "\n".join(line for line in study.splitlines() if not line.startswith("learning_rate"))
    made = read(f"{at_the_top}\n{without}\n{table}", "my-study.toml", "my-study")
    assert (made.tune, made.tuning_repeats) == ({"learning_rate": [1e-3, 3e-3, 1e-2]}, 3)
    (line,) = [line for line in tuning.splitlines() if "any of" in line]
    assert line.partition("any of ")[2].split(", ") == [*TUNABLE]


def test_the_optimiser_of_the_documents_runs_in_the_same_code(rnnbench: Command, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", text, flags=re.S) if "OPTIMISERS" in block]
    (tmp_path / "signed.py").write_text(code)
    ((words, other),) = re.findall(
        r"`(--plugin signed\.py --set optimiser=signed)`, or `optimiser=(signed:b=0\.5)`", text
    )
    done = rnnbench("run", *SMALL, *f"{words},{other}".split())
    assert done.code == 0, done.err
    with Store(tmp_path / "rnnbench.sqlite") as store:
        assert set(store.trials()["kernel"]) == {"numba"}


def test_results_are_read_from_python_as_the_documents_say(rnnbench: Command) -> None:
    rnnbench("run", *SMALL)
    text = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    found: dict[str, Any] = {}
    exec(code.replace('"quick"', '"latching-srnn"'), found)
    assert set(found["curves"]["trial"]) == set(found["table"]["trial"])
    row = found["table"].iloc[0]
    count = sum(math.prod(shape) for _, shape in json.loads(row["weights_layout"]))
    assert np.frombuffer(row["final_weights"], dtype="<f4").shape == (count,)
