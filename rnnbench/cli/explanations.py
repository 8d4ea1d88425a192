"""From what ``rnnbench explain`` was asked for to a page."""

import shlex
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rnnbench.cli.explain import Wanted
from rnnbench.errors import RnnbenchError
from rnnbench.execute.events import Event, Finished, Planned
from rnnbench.explain.subject import Subject
from rnnbench.provenance import git_state, versions
from rnnbench.report.article import Article, Block
from rnnbench.study import Study
from rnnbench.words import some

if TYPE_CHECKING:
    from rnnbench.explain.landscape_page import Along

Explained = tuple[str, Block]
"""What the page is about, and what was found."""


def article_of(wanted: Wanted) -> Article:
    """The page. Raises RnnbenchError for what cannot be explained."""
    start = time.perf_counter()
    if wanted.name in SOURCES:
        return SOURCES[wanted.name](wanted)
    about, block = INSTRUMENTS[wanted.name](wanted)
    facts = {**versions(), "commit": str(git_state()[0]), "time": f"{time.perf_counter() - start:.1f} s"}
    command = shlex.join(["rnnbench", *sys.argv[1:]])
    return Article(f"explain-{wanted.name}", block.heading, about, [block], command, facts)


def _subject(wanted: Wanted, study: Study | None = None) -> Subject:
    subject = Subject.of(study or wanted.study(), wanted.kernel)
    if not 0 <= wanted.member < len(subject.trials):
        raise RnnbenchError(f"--member is from 0 to {len(subject.trials) - 1}, got {wanted.member}.")
    return subject


def _about(subject: Subject) -> str:
    trial, repeats = subject.trial, len(subject.trials)
    return (
        f"{subject.label} at length {trial.length}, {some(repeats, 'seed')}, {some(subject.updates, 'update')} "
        f"of {trial.optimiser.name} at learning rate {trial.protocol.learning_rate:g}."
    )


def _gradients(wanted: Wanted) -> Explained:
    from rnnbench.explain.gradients_page import gradients_block

    subject = _subject(wanted)
    return _about(subject), gradients_block(subject)


def _landscape(wanted: Wanted) -> Explained:
    from rnnbench.explain.landscape_page import landscape_block

    study = wanted.study()
    lengths = sorted(set(study.lengths))
    subject = _subject(wanted, study.model_copy(update={"lengths": lengths[-1:]}))
    several = lengths if len(lengths) > 1 else None
    return _about(subject), landscape_block(
        subject, along=_plane("path" if wanted.along is None else wanted.along), lengths=several, member=wanted.member
    )


def _plane(along: str) -> "Along":
    if along in ("path", "random"):
        return "path" if along == "path" else "random"
    first, semicolon, second = (part.strip() for part in along.partition(";"))
    if not semicolon or not first or not second:
        raise RnnbenchError(f"--along takes path, random or two parameters such as 'A;B', got {along!r}.")
    return first, second


def _dynamics(wanted: Wanted) -> Explained:
    from rnnbench.explain.dynamics_page import dynamics_block

    subject = _subject(wanted)
    return _about(subject), dynamics_block(subject, member=wanted.member, along=wanted.along)


def _ablate(wanted: Wanted) -> Explained:
    from rnnbench.explain.ablate_page import ablate_block

    subject = _subject(wanted)
    return _about(subject), ablate_block(subject, _told_of_training(wanted))


def _extrapolate(wanted: Wanted) -> Explained:
    from rnnbench.explain.extrapolate_page import extrapolate_block, lengths_to_test

    study = wanted.study()
    lengths = lengths_to_test(study.lengths)
    cells = [
        _subject(wanted, study.model_copy(update={"cells": [cell.label], "lengths": lengths[:1]}))
        for cell in study.distinct_cells()
    ]
    about = " ".join(map(_about, cells))
    return about, extrapolate_block(cells, lengths, _told_of_training(wanted))


def _told_of_training(wanted: Wanted) -> Callable[[Event], None]:
    """How far the training is that an explanation begins with."""
    trials = done = 0

    def watch(event: Event) -> None:
        nonlocal trials, done
        if isinstance(event, Planned):
            trials = event.trials
        if isinstance(event, Finished):
            done += len(event.rows)
        wanted.say(f"{wanted.name}: {done:,} of {some(trials, 'model')} trained ...")

    return watch


def _diagnose(wanted: Wanted) -> Explained:
    from rnnbench.explain.diagnose_page import diagnose_block
    from rnnbench.explain.stored import stored_trial
    from rnnbench.store.store import Store

    assert wanted.trial is not None, "diagnose without a trial is refused"
    with Store(wanted.store) as store:
        stored = stored_trial(store, wanted.trial)
    return f"Trial {wanted.trial} of {wanted.store}.", diagnose_block(
        stored, lambda told: wanted.say(f"diagnose: {told}")
    )


def _why(wanted: Wanted) -> Article:
    from rnnbench.explain.why.article import article

    return article(watch=_told_of_training(wanted))


def _bengio(wanted: Wanted) -> Article:
    del wanted
    from rnnbench.explain.bengio_1994 import article

    return article()


def _pascanu(wanted: Wanted) -> Article:
    del wanted
    from rnnbench.explain.pascanu_2013 import article

    return article()


INSTRUMENTS: dict[str, Callable[[Wanted], Explained]] = {
    "gradients": _gradients,
    "landscape": _landscape,
    "dynamics": _dynamics,
    "ablate": _ablate,
    "extrapolate": _extrapolate,
    "diagnose": _diagnose,
}
SOURCES: dict[str, Callable[[Wanted], Article]] = {
    "bengio-1994": _bengio,
    "pascanu-2013": _pascanu,
    "why-lstm-cannot-latch": _why,
}
