"""The page of the catalogue: what is learned at the small shapes, and which pairs train."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rnnbench.catalogue.learn import COMMAND, CONTENDERS, HIDDEN, PROTOCOL, SEEDS, Learned
from rnnbench.catalogue.pairs import Pair
from rnnbench.catalogue.reasons import REASONS
from rnnbench.catalogue.small import small_text
from rnnbench.registry import TASKS
from rnnbench.report.article import Article, Block, table
from rnnbench.task import Task
from rnnbench.words import some

ABOUT = (
    "Every task at its small shape, with which a new cell or a new machine is tried first: can it be learned at all, "
    "and does every cell train on it? Not a comparison of cells: they are asked in turn, until one does."
)
Row = list[str | float | int | None]


def page(learned: Sequence[Learned], pairs: Sequence[Pair], facts: Mapping[str, str]) -> Article:
    """Everything on one page; ``facts`` is where the numbers come from."""
    return Article("catalogue", "What can be learned here", ABOUT, [_learnable(learned), _pairs(pairs)], COMMAND, facts)


def _learnable(learned: Sequence[Learned]) -> Block:
    asked = [item for item in learned if not item.trials.empty]
    surely = [item for item in asked if item.by_every_seed]
    once = [item for item in asked if not item.by_every_seed and item.table["solved"].max()]
    never = [item.task for item in asked if not item.table["solved"].max()]
    told = f": {', '.join(f'`{name}`' for name in never)}" if never else ""
    sometimes = f", {len(once)} more with some seed" if once else ""
    sentences = [
        f"Of {len(asked)} tasks, some cell solves {len(surely)} with every seed{sometimes}, "
        f"and {len(never)} with none{told}."
    ]
    notes = [
        f"The cells are, in the order in which they are asked: {', '.join(f'`{cell}`' for cell in CONTENDERS)}; "
        f"{HIDDEN} units, {SEEDS} seeds at each of two learning rates, {PROTOCOL['updates']} updates of Adam on fresh "
        f"batches of {PROTOCOL['batch']}, cosine schedule, gradients clipped at norm {PROTOCOL['clip_threshold']}. "
        "A task whose data must be brought along is not asked."
    ]
    heads = ["Task", "Length", "Solved means", "Chance", "Cell", "Rate", "Solved", "Best", "Median", "Why"]
    caption = (
        "The first cell that solved every seed, or the best of those asked, in the order above; Rate is its learning "
        "rate, Best and Median are test values over seeds."
    )
    return Block(
        "learnable", "What is learned", sentences, notes, tables=[table("learnable", caption, heads, _rows(learned))]
    )


def _rows(learned: Sequence[Learned]) -> list[Row]:
    rows: list[Row] = []
    for item in learned:
        task = _task(item.task)
        head: Row = [small_text(item.task), TASKS[item.task].small.length, str(task.success)]
        if item.trials.empty:
            rows.append([*head, None, None, None, None, None, None, item.reason])
            continue
        best = item.table.iloc[0]
        share = f"{best['solved']}/{best['n']}"
        why = "" if item.by_every_seed else REASONS.get(item.task, "not known")
        value = [best["cell"], float(best["rate"]), share, float(best["best"]), float(best["median"]), why]
        rows.append([*head, task.chance, *value])
    return rows


def _task(name: str) -> Task:
    made: Task = TASKS[name](**TASKS[name].small.parameters)
    return made


def _pairs(pairs: Sequence[Pair]) -> Block:
    count = Counter(pair.status for pair in pairs)
    cells, tasks = len({pair.cell for pair in pairs}), len({pair.task for pair in pairs})
    told = ", ".join(f"{number} {status}" for status, number in sorted(count.items(), key=lambda item: -item[1]))
    sentence = f"Each of {cells} cells was asked to train for 20 updates on each of {some(tasks, 'task')}: {told}."
    bad: list[Row] = [
        [pair.task, pair.cell, pair.status, pair.reason] for pair in pairs if pair.status not in ("ok", "skipped")
    ]
    tables = [table("failed", "Pairs that failed.", ["Task", "Cell", "Status", "Reason"], bad)] if bad else []
    note = "In plain PyTorch, four units; a task whose data must be brought along is skipped."
    return Block("pairs", "Every cell on every task", [sentence], [note], tables=tables)
