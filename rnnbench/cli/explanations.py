"""From what ``rnnbench explain`` was asked for to a page."""

import shlex
import sys
import time
from collections.abc import Callable

from rnnbench.cli.explain import Wanted
from rnnbench.errors import RnnbenchError
from rnnbench.explain.subject import Subject
from rnnbench.provenance import git_state, versions
from rnnbench.report.article import Article, Block


def article_of(wanted: Wanted) -> Article:
    """The page. Raises RnnbenchError for what cannot be explained."""
    start = time.perf_counter()
    if wanted.name in SOURCES:
        return SOURCES[wanted.name]()
    if wanted.along is not None and wanted.name not in ("landscape", "dynamics"):
        raise RnnbenchError(f"--along is for landscape and dynamics, got it with {wanted.name}: leave it out.")
    about, block = INSTRUMENTS[wanted.name](wanted)
    facts = {**versions(), "commit": str(git_state()[0]), "time": f"{time.perf_counter() - start:.1f} s"}
    command = shlex.join(["rnnbench", *sys.argv[1:]])
    return Article(f"explain-{wanted.name}", block.heading, about, [block], command, facts)


def _subject(wanted: Wanted) -> Subject:
    subject = Subject.of(wanted.study(), wanted.kernel)
    if not 0 <= wanted.member < len(subject.trials):
        raise RnnbenchError(f"--member is from 0 to {len(subject.trials) - 1}, got {wanted.member}.")
    return subject


def _about(subject: Subject) -> str:
    trial, repeats = subject.trial, len(subject.trials)
    return (
        f"{subject.label} at length {trial.length}, {repeats} seed{'s' * (repeats > 1)}, {subject.updates:,} updates "
        f"of {trial.optimiser.label} at learning rate {trial.protocol.learning_rate:g}."
    )


def _gradients(wanted: Wanted) -> tuple[str, Block]:
    from rnnbench.explain.gradients_page import gradients_block

    subject = _subject(wanted)
    return _about(subject), gradients_block(subject)


def _landscape(wanted: Wanted) -> tuple[str, Block]:
    from rnnbench.explain.landscape_page import landscape_block

    study = wanted.study()
    longest = max(study.lengths)
    subject = _subject(replace_lengths(wanted, [longest]))
    lengths = sorted(study.lengths) if len(study.lengths) > 1 else None
    return _about(subject), landscape_block(subject, along=_plane(wanted.along), lengths=lengths, member=wanted.member)
