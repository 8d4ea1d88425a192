"""What twenty times the updates do, in sentences."""

from collections.abc import Mapping

import numpy as np

from rnnbench.explain.why.arms import LONG, Evidence
from rnnbench.explain.why.patience_arms import CELLS, HOLDS, LSTMS, OPENS, OUTPUTS, WITHOUT, Rest
from rnnbench.explain.why.words import ahead, share, told


def outcome(evidence: Evidence) -> list[str]:
    """Who solves the task with more time, a larger rate, and both."""
    found = {key: evidence[f"{key} long"].solved for key in CELLS}
    slow = evidence["gru long slow"].solved
    lstms = [evidence[key].solved for key in LSTMS]
    most = max(lstms, key=lambda one: one.solved)
    lack = ": what the GRU lacked was both, and the LSTM lacks more" if ahead(found["gru"], found["lstm"]) else ""
    return [
        f"With twenty times the updates and ten times the learning rate, 1e-2, the vanilla RNN solves T={LONG} with "
        f"{share(found['srnn'])} of its seeds, the GRU of 2018 with {share(found['gru'])}, the LSTM of 2018 with "
        f"{share(found['lstm'])} (GRU and LSTM: {told(found['gru'], found['lstm'])}).",
        f"At the question's rate of 1e-3 time alone gives the GRU {slow.solved} of {slow.n}. Of the LSTM in "
        f"{len(lstms)} settings, either gate at 1e-3, 1e-2 and 3e-2, at most {share(most)} solve it in any{lack}.",
    ]


def ways(evidence: Evidence, rests: Mapping[str, Rest]) -> list[str]:
    """Where training takes the loop of each cell."""
    ends = {key: (rests[key].after, rests[key].trained.successes) for key in ("srnn", "gru", "mgu")}
    flips = {key: f"{(solved & (slope < -1)).sum()} of {(slope < -1).sum()}" for key, (slope, solved) in ends.items()}
    slopes, solved = ends["gru"]
    holds = int((solved & (slopes >= HOLDS)).sum())
    rest = int((solved & (slopes < HOLDS) & (slopes >= -1)).sum())
    return [
        _quiet(evidence),
        "A slope that goes on falling passes nought and can come below -1, where a unit may latch by flipping at every "
        f"step. Of those that end there {flips['srnn']} vanilla RNNs, {flips['mgu']} MGUs and {flips['gru']} GRUs "
        f"solve the task; {holds} GRUs solve it with a slope of {HOLDS} or more, by an update gate that holds"
        f"{f', {rest} otherwise' if rest else ''}.",
        _shut(evidence, rests["lstm"]),
        _without(evidence),
    ]


def _quiet(evidence: Evidence) -> str:
    short = {key: Rest(evidence[f"{key} short"]) for key in CELLS}
    spreads = {key: [rest.spread(when) for when in ("initial", "final")] for key, rest in short.items()}
    quieter = ", ".join(f"{CELLS[key][0]} from {before:.2g} to {after:.2g}" for key, (before, after) in spreads.items())
    lstm = short["lstm"]
    return (
        "At 1e-2 all learn to be quiet first: what reaches the answer is noise. After 2,500 updates their outputs vary "
        f"less over sequences than before training ({quieter}), and the slope of a step at rest, which adds noise up, "
        f"is smaller (of the LSTM {np.median(lstm.after):.2f} in place of {np.median(lstm.before):.2f})."
    )


def _shut(evidence: Evidence, rest: Rest) -> str:
    bias = {when: np.median(rest.trained.parameter("bias.0", when), axis=0) for when in ("initial", "final")}
    slow = np.median(evidence["lstm long slow"].parameter("bias.0", "final"), axis=0)
    moves = [f"{bias['initial'][place]:.2g} to {bias['final'][place]:.2f}" for place in (OPENS, OUTPUTS)]
    return (
        f"The LSTM has gates to be quiet with, and with them goes another end: b_i from {moves[0]}, b_o from "
        f"{moves[1]}, which leaves its loop, f + i·o·u_z, no gain; its slope stays between {rest.after.min():.2f} and "
        f"{rest.after.max():.2f}. (At 1e-3 they do not come so far in 50,000 updates: b_i {slow[OPENS]:.2f}, b_o "
        f"{slow[OUTPUTS]:.2f}.)"
    )


def _without(evidence: Evidence) -> str:
    bare, whole = evidence["bare long"].solved, evidence["lstm long"].solved
    no_input, no_output = (evidence[key].solved for key in WITHOUT.values())
    shown = "That it is these gates shows" if ahead(bare, whole) else "Little shows"
    return (
        f"{shown} where they are left out: with i = o = 1 the same LSTM solves T={LONG} with {share(bare)} of its "
        f"seeds ({told(bare, whole)}); without the input gate alone {no_input.solved} of {no_input.n} do, without the "
        f"output gate alone {no_output.solved} of {no_output.n}."
    )
