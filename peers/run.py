"""Measure rnnbench and its peers side by side: ``python -m peers.run``; writes reports/speed/peers.md and .json."""

import argparse
import importlib.util
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from peers import matrix
from peers.circumstances import circumstances
from peers.setting import Setting
from peers.table import Result, document, page
from peers.worker import PEERS

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "reports" / "speed"
ONE_THREAD = {
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "",
}  # fmt: skip
ASKED = {1: 30, 8: 10, 32: 10, 128: 10}
"""Units and how many members are compared."""
POPULATIONS = ("rnnbench", "JAX")
"""Who trains many at once: these are measured on a full tile of rnnbench too."""
WIDE = ("rnnbench", "rnnbench, eager", "JAX")
"""Who is measured beyond 16 units, where a single model fills a core."""
ABOUT = (
    "Milliseconds that one update of all members takes on one core, optimiser included: batch 16, one input feature, "
    "two classes, cross-entropy at the last step, Adam. Every peer is a process of its own, pinned to the same core "
    "and to one thread; rounds are interleaved, figures are medians, the spread is from the fastest round to the "
    "slowest. Compilation is left out. rnnbench, JAX and Keras draw a new order each epoch. torch.nn, Lightning and "
    "Keras train one model after another: their figure is that of one model, times the members.",
    "rnnbench's pass back ends where all gradients have vanished, so that its figure depends on the models: they are "
    "those of the first ten thousands of updates.",
    "`on the core` is the share of the time that a process computed: well below 100 % the machine was busy with other "
    "work or the peer waited for threads of its own, and the figure says less than it seems to.",
    "The sections with more members are a whole tile of rnnbench's; their microseconds are what one more member costs.",
    "Keras's `fit` ends each epoch by letting go of its iterator over the data, which waits from nothing to six tenths "
    "of a second, whatever the cell, and leaves the core idle meanwhile. That is in its figure, and most of it where "
    "an epoch takes less: no ratio to it should be quoted.",
)


@contextmanager
def started(peer: str, setting: Setting, core: int) -> Iterator[tuple[subprocess.Popen[str], dict[str, str | int]]]:
    """A worker that is warm, with what it said of itself."""
    command = [sys.executable, "-m", "peers.worker", peer, json.dumps(asdict(setting)), str(core)]
    environment = os.environ | ONE_THREAD
    pipe = subprocess.PIPE
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)
    try:
        yield worker, json.loads(_line(worker))
    finally:
        worker.kill()
        worker.wait()


def _line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None, "it is a pipe"
    line = worker.stdout.readline()
    if not line:
        raise SystemExit(f"a peer ended before it answered: {worker.args!r}")
    return line


def _round(worker: subprocess.Popen[str]) -> dict[str, float]:
    assert worker.stdin is not None, "it is a pipe"
    worker.stdin.write("again\n")
    worker.stdin.flush()
    answer: dict[str, float] = json.loads(_line(worker))
    return answer


def compare(setting: Setting, peers: Sequence[str], rounds: int, core: int) -> list[Result]:
    """All ``peers`` started one after another, then measured A B C A B C."""
    with ExitStack() as stack:
        workers = {}
        for peer in peers:
            print(f"{setting.cell}, hidden {setting.hidden}, {setting.members} members: {peer} ...", flush=True)
            workers[peer] = stack.enter_context(started(peer, setting, core))
        answers: dict[str, list[dict[str, float]]] = {peer: [] for peer in peers}
        for _ in range(rounds):
            for peer, (worker, _) in workers.items():
                answers[peer].append(_round(worker))
    return [_result(peer, setting, told, answers[peer]) for peer, (_, told) in workers.items()]


def _result(peer: str, setting: Setting, told: dict[str, str | int], answers: Sequence[dict[str, float]]) -> Result:
    whole = 1e3 * setting.members / int(told["members"])
    rounds = tuple(whole * answer["seconds"] for answer in answers)
    return Result(peer, setting, rounds, str(told["note"]), tuple(answer["on_core"] for answer in answers))


def settings(cells: Sequence[str], sizes: Sequence[int]) -> Iterator[tuple[Setting, Sequence[str]]]:
    """What is compared, and who takes part."""
    from peers.own import full_tile

    for hidden in sizes:
        asked = [Setting(cell, hidden, ASKED.get(hidden, 10)) for cell in cells]
        yield from ((setting, tuple(PEERS) if hidden <= 16 else WIDE) for setting in asked)
        for setting in asked:
            members = full_tile(setting)
            if members > setting.members:
                yield Setting(setting.cell, hidden, members), POPULATIONS


def missing() -> dict[str, str]:
    """Peers whose packages are not installed."""
    lacking = {
        peer: [name for name in packages if importlib.util.find_spec(name) is None]
        for peer, (_, packages) in PEERS.items()
    }
    return {peer: f"{', '.join(names)} not installed" for peer, names in lacking.items() if names}


def main() -> None:
    """Measure and write; the files grow after every setting, so that an interrupted run is not lost."""
    parser = argparse.ArgumentParser(prog="python -m peers.run", description=__doc__)
    parser.add_argument("--cell", nargs="+", default=["srnn", "lstm", "gru"])
    parser.add_argument("--hidden", nargs="+", type=int, default=list(ASKED))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--matrix", action="store_true", help="the whole matrix of 2018 too, on two cores")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    wanted = parser.parse_args()
    out = missing()
    core = max(os.sched_getaffinity(0))
    facts: dict[str, object] = {
        "about": ABOUT,
        "missing": out,
        "circumstances": circumstances(shlex.join(sys.argv[1:]), core),
    }
    results: list[Result] = []
    planned = list(settings(wanted.cell, wanted.hidden))
    for number, (setting, peers) in enumerate(planned, start=1):
        results += compare(setting, [peer for peer in peers if peer not in out], wanted.rounds, core)
        facts["measured"] = f"{number} of {len(planned)} sizes and cells"
        write(wanted.folder, results, facts)
    if wanted.matrix:
        facts |= {"matrix": matrix.measure(ONE_THREAD, with_jax="JAX" not in out), "matrix_about": matrix.ABOUT}
        write(wanted.folder, results, facts)
    print(f"wrote {wanted.folder / 'peers.md'}")


def write(folder: Path, results: Sequence[Result], facts: dict[str, object]) -> None:
    """The page and its figures."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "peers.md").write_text(page(results, facts), encoding="utf-8")
    (folder / "peers.json").write_text(json.dumps(document(results, facts), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
