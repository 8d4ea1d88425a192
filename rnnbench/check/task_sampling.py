"""Samples: in the contract's form, a function of the generator alone, as long as asked."""

import itertools
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from rnnbench.check.elsewhere import elsewhere
from rnnbench.check.finding import Failure, Finding, Note
from rnnbench.check.task_subject import TaskSubject, digest, possible_from
from rnnbench.errors import STRANGE, RnnbenchError
from rnnbench.streams import stream
from rnnbench.task import Batch, Purpose
from rnnbench.train.sampling import complaint_about

COUNT = 33
PURPOSES: tuple[Purpose, ...] = ("train", "validation", "test")


def contract(subject: TaskSubject) -> Finding:
    """A sample has the types, shapes and ranges of the Batch contract, and padding is zero."""
    task = subject.task
    for length in subject.lengths:
        many = [subject.many(length)] if length == subject.length else []  # for what is seldom wrong
        for count, purpose in itertools.product((1, COUNT, *many), PURPOSES):
            batch = task.draw(stream("check", 0), count, length, purpose)
            complaint = complaint_about(task, batch, count) or _padding(batch)
            if complaint:
                example = {"seed": 0, "length": length, "batch": count, "purpose": purpose}
                return Failure("broken batch", complaint, example)
    return None


def _padding(batch: Batch) -> str:
    beyond = np.arange(batch.inputs.shape[1]) >= batch.lengths[:, None]
    return "inputs beyond a sequence's length must be zero." if batch.inputs[beyond].any() else ""


def seeding(subject: TaskSubject) -> Finding:
    """One seed, one sample: global generators are neither read nor moved."""
    task, length = subject.task, subject.length
    with _global_generators(1) as moved:
        first = digest(task, 0, COUNT, length)
        touched = moved()
    with _global_generators(1):
        again = digest(task, 0, COUNT, length)
    with _global_generators(2):
        other = digest(task, 0, COUNT, length)
    example = {"seed": 0, "length": length, "sample": first, "sample again": other if other != first else again}
    way = "draw everything from the argument `rng`."
    if first != again:
        return Failure(
            "impure sample", f"the same seed gives different bytes, so something else decides; {way}", example
        )
    if first != other:
        return Failure(
            "global randomness",
            f"the sample depends on a global generator (numpy's, random's, torch's); {way}",
            example,
        )
    if touched:
        return Failure("global randomness", f"sampling moves the global generator of {touched}; {way}", example)
    longest = subject.lengths[-1]
    if digest(task, 0, 64, longest) == digest(task, 1, 64, longest):
        example = {"seed": 0, "other seed": 1, "length": longest}
        return Failure("ignored seed", f"two seeds give the same 64 sequences; {way}", example)
    return None


@contextmanager
def _global_generators(seed: int) -> Iterator[Any]:
    """Global generators set to ``seed`` and put back after; yields who was moved meanwhile."""
    torch = sys.modules.get("torch")
    kept = (np.random.get_state(), random.getstate(), torch.get_rng_state() if torch else None)  # noqa: NPY002 - watched
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
    before = _states(torch, seed)

    def moved() -> str:
        after = _states(torch)
        return ", ".join(name for name, state in after.items() if state != before[name])

    try:
        yield moved
    finally:
        np.random.set_state(kept[0])  # noqa: NPY002
        random.setstate(kept[1])
        if torch:
            torch.set_rng_state(kept[2])


def _states(torch: Any, seed: int | None = None) -> dict[str, str]:
    if torch and seed is not None:
        torch.manual_seed(seed)
    states = {"numpy": str(np.random.get_state()), "random": str(random.getstate())}  # noqa: NPY002
    return states | ({"torch": str(torch.get_rng_state().sum())} if torch else {})


def process(subject: TaskSubject) -> Finding:
    """Another process with another hash seed draws the same sample."""
    here, there = (
        digest(subject.task, 0, COUNT, subject.length),
        elsewhere().digest(subject.text, 0, COUNT, subject.length),
    )
    if here == there:
        return None
    return Failure(
        "dependence on the process",
        "another process draws other bytes from the same seed; the order of a set, hash() or an environment is in it.",
        {"seed": 0, "length": subject.length, "sample here": here, "sample there": there},
    )


def length(subject: TaskSubject) -> Finding:
    """Sequences get longer with ``length``, and ``steps`` says how long they become."""
    task = subject.task
    means = []
    for asked in subject.lengths:
        batch = subject.batch(asked, 10 * COUNT)
        steps, got = task.steps(asked), int(batch.lengths.max())
        if not got <= batch.inputs.shape[1] <= steps:
            return Failure(
                "ignored length" if got > steps else "wrong steps",
                "a sample may have no more steps than `steps(length)` promises.",
                subject.example(batch, int(batch.lengths.argmax()), asked, steps=steps, got=batch.inputs.shape[1]),
            )
        means.append(round(float(batch.lengths.mean()), 2))
    if len(means) == 1:
        return Note(f"can be posed at length {subject.lengths[0]} only")
    if means[-1] <= means[0]:
        return Failure(
            "ignored length",
            "sequences must get longer with `length`.",
            {"seed": 0, "lengths": subject.lengths, "mean steps": means},
        )
    return None


def refusals(subject: TaskSubject) -> Finding:
    """What cannot be posed is refused by ``check_length`` in one line; what is not refused can be drawn."""
    task = subject.task
    for asked in (subject.task.minimum_length - 1, 0, -3):
        if (refusal := _refusal(subject, asked)) is None:
            return Failure("missing refusal", "a length below `minimum_length` must be refused.", {"length": asked})
        if isinstance(refusal, Failure):
            return refusal
    start = max(1, subject.task.minimum_length)
    for asked in range(start, start + 6):
        refusal = _refusal(subject, asked)
        if isinstance(refusal, Failure):
            return refusal
        if refusal is None:
            try:
                complaint = complaint_about(task, task.sample(stream("check", 0), 3, asked), 3)
            except STRANGE as error:  # a stranger's code may fail in any way
                complaint = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
            if complaint:
                message = f"`check_length` lets this length pass, but it cannot be drawn: {complaint}"
                return Failure("late refusal", message, {"seed": 0, "length": asked})
    return None if possible_from(task, start) is not None else Failure("impossible task", "no length can be posed.")


def _refusal(subject: TaskSubject, asked: int) -> str | Failure | None:
    """The words of a refusal, None where there is none, a failure where it is not one line of a RnnbenchError."""
    try:
        subject.task.check_length(asked)
    except RnnbenchError as refusal:
        if len(str(refusal).splitlines()) == 1:
            return str(refusal)
        return Failure("wordy refusal", "a refusal is one line.", {"length": asked, "said": str(refusal)})
    except STRANGE as error:  # a stranger's code may fail in any way
        return Failure("exception", f"check_length raises {type(error).__name__}: {error}", {"length": asked})
    return None
