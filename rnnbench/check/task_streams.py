"""Streams: training and test sequences never meet."""

from collections.abc import Iterator

import numpy as np

from rnnbench.check.finding import Failure, Finding, Note
from rnnbench.check.task_subject import TaskSubject, possible_from, told
from rnnbench.streams import stream
from rnnbench.task import Batch, Purpose

DRAWS, ROWS = 48, 48
"""Draws for each purpose, and sequences in each: a generator that is narrower than its seed repeats between draws."""
LONGEST = 130
"""Steps beyond which no more entropy is looked for."""


def streams(subject: TaskSubject) -> Finding:
    """Training and test share no sequence, unless the task has so few that they must."""
    length = next(iter(_lengths(subject)))
    for length in _lengths(subject):
        count = min(4000, subject.many(length))
        repeats = count - len(np.unique(_rows(subject.batch(length, count, seed=3)), axis=0))
        if not repeats:
            break
    own = subject.task.own_splits
    if repeats and not own:
        return Note(f"skipped: about {max(1, count * count // (2 * repeats)):,} distinct sequences of length {length}")
    seen: dict[bytes, int] = {}
    for draw in range(DRAWS):
        seen.update((row.tobytes(), draw) for row in _rows(_draw(subject, length, "train", draw)))
    for draw in range(DRAWS):
        batch = _draw(subject, length, "test", draw)
        for row, sequence in enumerate(_rows(batch)):
            if sequence.tobytes() in seen:
                return Failure(
                    "train/test collision",
                    "a test sequence was in the training data; draw from `rng` itself, not from a generator seeded "
                    "with one of its numbers." if not own else "a test sequence was in the training data.",
                    {"training draw": seen[sequence.tobytes()], "test draw": draw, "length": length}
                    | {"sequence": told(batch.inputs[row])},
                )  # fmt: skip
    return None


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
