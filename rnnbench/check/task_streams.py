"""Streams: training and test sequences never meet."""

from collections.abc import Iterator

import numpy as np

from rnnbench.check.finding import Failure, Finding, Note
from rnnbench.check.task_subject import TaskSubject, possible_from, told
from rnnbench.streams import stream
from rnnbench.task import Batch, Purpose

DRAWS, ROWS = 48, 48
"""Draws for each purpose, and sequences in each: a generator that is narrower than its seed repeats between draws."""
MANY = 40_000
"""Sequences that repeat none if there are a thousand million to draw from, more likely than not."""
FEWEST = 50
"""Sequences from which on a file's are told from those of a task with few symbols, which are few at short lengths."""
LONGEST = 130
"""Steps beyond which no more entropy is looked for."""


def streams(subject: TaskSubject) -> Finding:
    """Training and test share no sequence, unless the task has so few that they must."""
    length = next(iter(_lengths(subject)))
    own = subject.task.own_splits
    for length in _lengths(subject):
        few = _distinct(subject, length, min(4000, subject.many(length)))
        if few is None:
            break
    if few is not None and not own:
        return _pool(subject, length, few) or Note(f"skipped: about {few:,} distinct sequences of length {length}")
    seen: dict[bytes, int] = {}
    for draw in range(DRAWS):
        seen.update((row.tobytes(), draw) for row in _rows(_draw(subject, length, "train", draw)))
    for draw in range(DRAWS):
        batch = _draw(subject, length, "test", draw)
        for row, sequence in enumerate(_rows(batch)):
            if sequence.tobytes() in seen:
                few = None if own else _distinct(subject, length, MANY)
                if few is not None:
                    return Note(f"skipped: about {few:,} distinct sequences of length {length}")
                return Failure(
                    "train/test collision",
                    "a test sequence was in the training data; draw from `rng` itself, not from a generator seeded "
                    "with one of its numbers." if not own else "a test sequence was in the training data.",
                    {"training draw": seen[sequence.tobytes()], "test draw": draw, "length": length}
                    | {"sequence": told(batch.inputs[row])},
                )  # fmt: skip
    return None


def _pool(subject: TaskSubject, length: int, few: int) -> Failure | Note | None:
    """Few sequences with numbers of their own are a file's, from which training must not take what is tested on.

    Numbers cannot tell a file from a generator of few sequences: of data that are not said to be real it is a note.
    """
    inputs = subject.task.sample(stream("check", 3), min(4000, subject.many(length)), length).inputs
    real = subject.cls.kind == "real data"
    if not real and (few < FEWEST or len(np.unique(inputs)) < 2 * few):
        return None
    if not real:
        return Note(
            f"training and test draw from about {few:,} sequences of length {length}: parts of a file are told apart "
            "by `own_splits` and `draw`"
        )
    return Failure(
        "train/test collision",
        "training and test draw from the same few sequences; data of a file are parted: `own_splits = True`, and "
        "`draw` gives those of a purpose.",
        {"sequences, about": few, "length": length},
    )


def _distinct(subject: TaskSubject, length: int, count: int) -> int | None:
    """About how many sequences there are, by those that one draw of ``count`` repeats; None if it repeats none."""
    rows = _rows(subject.task.sample(stream("check", 3), count, length))
    distinct = len(np.unique(rows))
    repeats = count - distinct
    if 2 * repeats > count:
        return distinct
    return max(1, count * count // (2 * repeats)) if repeats else None


def _lengths(subject: TaskSubject) -> Iterator[int]:
    yield subject.length
    start = 2 * subject.length
    while start <= LONGEST:
        found = possible_from(subject.task, start)
        if found is None:
            return
        yield found
        start = 2 * found


def _rows(batch: Batch) -> np.ndarray[tuple[int, ...], np.dtype[np.void]]:
    """A sequence as one item, to be compared as a whole."""
    flat = np.ascontiguousarray(batch.inputs.reshape(len(batch), -1))
    return flat.view(np.dtype((np.void, flat.dtype.itemsize * flat.shape[1]))).ravel()


def _draw(subject: TaskSubject, length: int, purpose: Purpose, number: int) -> Batch:
    batch: Batch = subject.task.draw(stream("check", purpose, number), ROWS, length, purpose)
    return batch
