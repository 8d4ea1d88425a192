"""Train and write ``reports/catalogue``: ``python -m rnnbench.catalogue [FOLDER]``."""

import os
import sys
import time
from pathlib import Path

from rnnbench.catalogue.learn import Learned, learn, shipped_tasks
from rnnbench.catalogue.page import page
from rnnbench.catalogue.pairs import all_pairs, train_pairs
from rnnbench.execute.options import Options, cores
from rnnbench.execute.worker import warm_up
from rnnbench.provenance import git_state, versions
from rnnbench.report.article import write_article
from rnnbench.store.store import Store


def main(folder: Path) -> None:
    """Whatever ``folder``'s store holds is not trained again."""
    start = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    warm_up()
    machine = Options().settled()
    learned = []
    with Store(folder / "store.sqlite", create=True) as store:
        for task in shipped_tasks():
            learned.append(learn(task, store, machine, lambda _: None))
            print(f"{task}: {_told(learned[-1])}", flush=True)
    pairs = list(train_pairs(all_pairs(), cores()))
    facts = {
        **versions(),
        "commit": str(git_state()[0]),
        "time": f"{time.perf_counter() - start:.0f} s on {os.cpu_count()} cores, what was stored left out",
    }
    files = write_article(page(learned, pairs, facts), folder)
    print(f"report: {files.html}")


def _told(learned: Learned) -> str:
    if learned.trials.empty:
        return learned.reason
    best = learned.table.iloc[0]
    return f"{best['cell']} solves {best['solved']} of {best['n']}, best {best['best']:.4g}"


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/catalogue"))
