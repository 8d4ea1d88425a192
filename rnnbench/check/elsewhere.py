"""Another process with another hash seed, which draws the same samples: ``python -m rnnbench.check.elsewhere``.

A line of JSON goes in (task, its file if it is a plug-in, seed, count, length), a digest comes out.
"""

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from rnnbench.errors import STRANGE
from rnnbench.identity import PLUGIN
from rnnbench.registry import TASKS

HASH_SEED = "12345"


class Elsewhere:
    """The process, started when first asked."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONHASHSEED": HASH_SEED}
        command = [sys.executable, "-m", "rnnbench.check.elsewhere"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        atexit.register(self.close)

    def digest(self, task: str, seed: int, count: int, length: int) -> str:
        """The digest of a sample drawn there; what went wrong there, if something did."""
        name = task.partition("[")[0].partition(":")[0]
        entry = TASKS.entry(name)
        file = str(entry.path) if entry.module.startswith(PLUGIN) else None
        asked = {"task": task, "file": file, "seed": seed, "count": count, "length": length}
        assert self._process.stdin is not None, "made with a pipe"
        assert self._process.stdout is not None, "made with a pipe"
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait()


@cache
def elsewhere() -> Elsewhere:
    """The one other process that all checks of this process share."""
    return Elsewhere()


def _answer(asked: dict[str, Any]) -> str:
    from rnnbench.check.task_subject import TaskSubject, digest
    from rnnbench.registry import add_plugin

    try:
        if asked["file"]:
            add_plugin(Path(asked["file"]))
        return digest(TaskSubject(asked["task"]).task, asked["seed"], asked["count"], asked["length"])
    except STRANGE as error:  # a stranger's code may fail in any way
        return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def main() -> None:
    """Answer until the input ends; what a plug-in prints goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        print(_answer(json.loads(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
