"""The answer to the question of 2018, from one run: twenty seeds, and three times as many where rates are claimed."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from rnnbench.explain.landscape_figures import Landscape
from rnnbench.explain.why.accident import accident_block
from rnnbench.explain.why.arms import ARMS, CHRONO, LONG, Evidence, gather
from rnnbench.explain.why.article import SECTIONS, _answer
from rnnbench.explain.why.budget import budget_block, forget_bias
from rnnbench.explain.why.bug import bug_block
from rnnbench.explain.why.cliff import cliff_block, in_short, landscapes
from rnnbench.explain.why.decay import decay_block
from rnnbench.explain.why.noise import Loop, noise_block
from rnnbench.explain.why.patience import patience_block
from rnnbench.explain.why.patience_arms import PATIENCE, Rest
from rnnbench.explain.why.relay import RELAY, relay_block
from rnnbench.explain.why.repair import repair_block
from rnnbench.explain.why.words import TESTS
from rnnbench.report.article import Block
from rnnbench.stats.difference import fisher

SEEDS, TIMES = 20, 3
"""Where the page has ten times as many seeds as elsewhere, three times are a sample that is large enough."""
MANY = SEEDS * TIMES
PATIENT = ("srnn long", "lstm long", "gru long", "bare long")
"""Trained for as long as on the page; the others for 1,000 updates."""


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    fewer = {key: replace(arm, times=min(arm.times, TIMES)) for key, arm in ARMS.items()}
    shorter = {
        key: arm if key in PATIENT else replace(arm, epochs=min(arm.epochs, 2), interval=500)
        for key, arm in PATIENCE.items()
    }
    return gather(fewer | shorter, SEEDS)


def numbers(block: Block) -> list[list[str]]:
    return [[entry.text for entry in row] for row in block.tables[0].rows]


def test_repaired_they_latch_two_hundred_steps_and_by_default_they_do_not(evidence: Evidence) -> None:
    assert pytest.approx(np.log(199), abs=1e-6) == CHRONO
    assert {arm.length for key, arm in ARMS.items() if "repaired" in key} == {LONG} == {200}
    for key in ("lstm repaired", "gru repaired"):
        trial = evidence[key].trials[0]
        assert (trial.protocol.learning_rate, trial.protocol.total_updates, trial.protocol.split) == (
            1e-2,
            2500,
            "random",
        )
        assert trial.cell.parameters["gate"] == "sigmoid"
        assert ARMS[key].times == 10
        assert evidence[key].solved.n == MANY
        assert evidence[key].solved.solved >= 0.9 * MANY
    for key in (
        "lstm",
        "gru",
        "lstm sigmoid",
        "gru sigmoid",
        "lstm sigmoid fast",
        "gru sigmoid fast",
        "lstm fast",
        "gru fast",
    ):
        assert evidence[key].solved.solved <= 1


def test_a_hard_sigmoid_with_the_same_biases_is_shut_for_good(evidence: Evidence) -> None:
    assert evidence["lstm hard"].solved.solved == evidence["gru hard"].solved.solved == 0
    sentences = [text for text in repair_block(evidence).sentences if "hard sigmoid of 2018 cannot" in text]
    assert len(sentences) == 2
    assert "is exactly 0 at a zero input" in sentences[0]
    assert "is exactly 1 at a zero input" in sentences[1]
    assert all("exactly zero for 20 of 20 seeds before training and for 20 after" in text for text in sentences)
    for key in ("lstm hard widest", "gru hard widest"):
        assert evidence[key].solved.low > 0.1, "within its bounds it is not shut"


def test_the_vanilla_network_owes_it_to_its_start(evidence: Evidence) -> None:
    one, half = evidence["srnn middle"], evidence["srnn half"]
    assert set(one.parameter("recurrent", "initial").ravel()) == {1.0, -1.0}
    assert set(half.parameter("recurrent", "initial").ravel()) == {0.5, -0.5}
    assert half.solved.solved <= 1
    assert one.solved.low > half.solved.high
    block = accident_block(evidence)
    rows = numbers(block)
    starts = one.parameter("recurrent", "initial").ravel()
    plus, minus = (int(one.successes[starts == sign].sum()) for sign in (1.0, -1.0))
    assert block.sentences[2].startswith(f"From +1 {plus} of {int((starts == 1).sum())} ")
    assert f", {minus} of {int((starts == -1).sum())} " in block.sentences[2]
    weights = np.abs(one.parameter("kernel", "initial").ravel())
    low = int(one.successes[weights <= np.sort(weights)[MANY // 4 - 1]].sum())
    assert block.sentences[3].startswith(
        f"Of the quarter of seeds whose input weighs least at the start {low} of {MANY // 4} "
    )
    assert [row[1] for row in rows] == [str(one.solved.solved), str(half.solved.solved)]
    ends = np.abs(one.parameter("recurrent", "final").ravel())
    assert ends[one.successes].min() > 1, "below one it cannot latch"
    assert ends[~one.successes].max() < 1.02, "hardly above one it cannot hold against noise"


def test_the_bug_is_told_apart_by_classes(evidence: Evidence) -> None:
    assert evidence["lstm bug"].mean("validation_value") < 0.05
    assert evidence["lstm bug"].mean("test_value") == pytest.approx(0.5, abs=0.02)
    negative, positive = evidence["lstm bug"].by_class("test_by_class")
    assert negative < 0.05
    assert positive > 0.95
    validation = evidence["lstm bug"].by_class("validation_by_class")
    assert validation[0] == evidence["lstm bug"].mean("validation_value")
    assert np.isnan(validation[1])  # nobody asks for a positive
    assert [row[:2] for row in numbers(bug_block(evidence))][1] == ["last fifth (2018)", "LSTM"]


def test_the_gradient_decays_as_the_gates_say(evidence: Evidence) -> None:
    rows = {row[0]: row[1:] for row in numbers(decay_block(evidence))}
    assert float(rows["LSTM of 2018"][0]) == pytest.approx(0.7, abs=0.08)  # the forget gate, and what the loop adds
    assert float(rows["GRU of 2018"][0]) == pytest.approx(0.5, abs=0.05)
    assert float(rows["LSTM repaired"][0]) == pytest.approx(expit(CHRONO), abs=0.003)
    assert float(rows["LSTM of 2018"][2]) < 1e-20
    assert float(rows["LSTM repaired"][2]) > 0.1


def test_who_fails_with_an_open_forget_gate_is_decided_by_a_sign(evidence: Evidence) -> None:
    opened = Loop(evidence["lstm open"], 0.5)
    negative = opened.candidate_weight < 0
    assert opened.solved_where(negative).high < opened.solved_where(~negative).rate
    np.testing.assert_allclose(opened.measured[negative], opened.predicted[negative], atol=0.005)
    assert evidence["lstm repaired"].solved.low > evidence["lstm open"].solved.high
    first, last = opened.noise()
    assert last > 5 * first
    rows = numbers(noise_block(evidence))
    assert sum(int(row[1]) for row in rows) == len(negative) == MANY
    assert sum(int(row[2]) for row in rows) == evidence["lstm open"].solved.solved
    assert sum(int(row[2]) for row in rows[:2]) == int(opened.trained.successes[negative].sum())


def test_how_far_the_forget_bias_came(evidence: Evidence) -> None:
    slow = evidence["lstm"]
    assert forget_bias(slow, "initial").tolist() == [1.0] * SEEDS
    moved = np.abs(forget_bias(slow, "final") - 1.0)
    assert moved.max() < 2.5
    rows = numbers(budget_block(evidence))
    assert float(rows[0][3]) == pytest.approx(moved.max(), rel=1e-3)


def test_time_helps_all_but_the_lstm(evidence: Evidence) -> None:
    assert {evidence[key].trials[0].protocol.total_updates for key in PATIENT} == {50_000}
    assert {arm.length for arm in PATIENCE.values()} == {LONG}
    assert evidence["lstm long"].solved.solved == 0
    assert evidence["gru long"].solved.solved >= 10
    assert evidence["srnn long"].solved.solved >= 18
    block = patience_block(evidence)
    assert "what the GRU lacked was both, and the LSTM lacks more" in block.sentences[1]
    assert [row[2] for row in numbers(block)][:2] == ["20/20", "0/20"]
    assert evidence["bare long"].solved.solved >= 8, "without its input and its output gate it learns"
    assert block.sentences[-1].startswith("That it is these gates shows where they are left out: with i = o = 1 ")
    bias = evidence["lstm long"].parameter("bias.0", "final")
    assert np.median(bias[:, 0]) < -2 > np.median(bias[:, 3]), "input and output gate are shut"


def test_the_slope_at_rest_is_the_one_that_the_weights_give(evidence: Evidence) -> None:
    rnn, lstm = Rest(evidence["srnn long"]), Rest(evidence["lstm short"])
    u, b = (evidence["srnn long"].parameter(name, "final").ravel() for name in ("recurrent", "bias.0"))
    np.testing.assert_allclose(rnn.after, u * (1 - np.tanh(b) ** 2), rtol=1e-12)
    assert (rnn.after[evidence["srnn long"].successes] < -1).all(), "they latch by flipping"
    i, f, o = (np.clip(0.2 * at + 0.5, 0, 1) for at in (0.0, 1.0, 0.0))
    loop = f + i * o * evidence["lstm short"].parameter("recurrent", "initial")[:, 0, 2]
    np.testing.assert_allclose(lstm.before, loop, rtol=1e-6)
    assert lstm.spread("final") < 0.5 * lstm.spread("initial"), "what is noise is unlearnt first"


@pytest.fixture(scope="module")
def seen(evidence: Evidence) -> dict[str, Landscape]:
    return landscapes(evidence)


def test_the_vanilla_network_has_cliffs_and_the_lstm_stands_on_a_plain(seen: dict[str, Landscape]) -> None:
    block = cliff_block(seen)
    assert "it stands on a plain" in block.sentences[1]
    steep = {(row[0], row[1]): float(row[2]) for row in numbers(block)}
    assert steep["vanilla RNN", "100"] > 1e6 > steep["vanilla RNN", "10"] > 10
    assert steep["LSTM of 2018", "100"] < 2
    assert [figure.name for figure in block.figures] == ["cliff-srnn-maps", "cliff-lstm-maps"]


def test_cliffs_would_be_told_otherwise_if_the_lstm_had_them(evidence: Evidence, seen: dict[str, Landscape]) -> None:
    lstm = seen["lstm middle"]
    steep = {length: replace(cliff, steepness=1e15) for length, cliff in lstm.cliffs.items()}
    otherwise = seen | {"lstm middle": replace(lstm, cliffs=steep)}
    assert "it has cliffs as well" in cliff_block(otherwise).sentences[1]
    assert in_short(evidence, otherwise).startswith("Where we looked, cliffs are not ruled out: ")
    assert in_short(evidence, seen).startswith("Where we looked, cliffs do not explain it: ")


def test_the_second_task_is_told_as_it_came_out() -> None:
    short = {
        key: replace(arm, length=5, hidden=1, epochs=1, cell=arm.cell.replace("longest=50", "longest=5"))
        for key, arm in RELAY.items()
    }
    found = gather(short, 2)
    block = relay_block(found)
    assert [row[3] for row in numbers(block)] == [f"{item.solved.solved}/2" for item in found.values()]
    assert block.sentences[1].count("no difference is shown, p = ") == 2, "two seeds separate nothing"


def test_every_test_on_the_page_is_corrected_for_all_of_them(evidence: Evidence) -> None:
    every = {**evidence, **dict.fromkeys(RELAY, evidence["lstm middle"])}
    sentences = [sentence for section in SECTIONS for sentence in section(every).sentences]
    assert sum(sentence.count("p = ") for sentence in sentences) == TESTS
    one, half = evidence["srnn middle"].solved, evidence["srnn half"].solved
    assert any(f"(p = {TESTS * fisher(one, half):.2g})" in sentence for sentence in sentences)
    assert any("the simplest cell is not surely ahead" in sentence for sentence in sentences)
    assert any("does not surely carry over" in sentence for sentence in sentences)


def test_the_answer_takes_its_numbers_from_the_sections(evidence: Evidence, seen: dict[str, Landscape]) -> None:
    sentences = _answer(evidence, seen).sentences
    assert "the LSTM that scored 0.00 scores 0.50" in sentences[0]
    assert (
        f"{evidence['srnn middle'].solved.solved} of {MANY} seeds solve T=100, from half of it 0 of {MANY}"
        in sentences[2]
    )
    assert "the LSTM solves T=200 with 0 of 20" in sentences[3]
    assert f"solves T=200 with {evidence['lstm repaired'].solved.solved} of {MANY}" in sentences[5]
