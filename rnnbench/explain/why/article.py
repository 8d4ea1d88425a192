"""The answer as a page of its own."""

import time
from collections.abc import Callable, Mapping

from rnnbench.execute.events import Event
from rnnbench.explain.landscape_figures import Landscape
from rnnbench.explain.why.accident import accident_block
from rnnbench.explain.why.arms import ARMS, CHRONO, LONG, MIDDLE, Evidence, gather
from rnnbench.explain.why.budget import budget_block
from rnnbench.explain.why.bug import bug_block
from rnnbench.explain.why.cliff import cliff_block, in_short, landscapes
from rnnbench.explain.why.decay import decay_block
from rnnbench.explain.why.noise import noise_block
from rnnbench.explain.why.patience import patience_block
from rnnbench.explain.why.patience_arms import PATIENCE
from rnnbench.explain.why.relay import RELAY, relay_block
from rnnbench.explain.why.repair import repair_block
from rnnbench.explain.why.words import share
from rnnbench.provenance import git_state, versions
from rnnbench.report.article import Article, Block

NAME, SEEDS = "why-lstm-cannot-latch", 20
SECTIONS = (
    bug_block, decay_block, accident_block, noise_block, budget_block, patience_block, repair_block, relay_block,
)  # fmt: skip
ABOUT = (
    "In April 2018 somebody rebuilt the latching experiment of Bengio et al. 1994 in Keras: is the first element of a "
    "sequence high or low, everything after it being noise? One LSTM unit did worse than one vanilla RNN unit, at long "
    "lengths worse than chance, and the question was why, and whether cliffs in the loss landscape explain it "
    "(https://stats.stackexchange.com/questions/340898). Every number below was computed in the run that made this "
    "page."
)


def article(seeds: int = SEEDS, watch: Callable[[Event], None] = lambda _: None) -> Article:
    """Train every arm with ``seeds`` seeds and write down what is found."""
    start = time.perf_counter()
    evidence = gather(ARMS | PATIENCE | RELAY, seeds, watch)
    seen = landscapes(evidence)
    blocks = [_answer(evidence, seen), *(section(evidence) for section in SECTIONS), cliff_block(seen)]
    facts = {
        **versions(),
        "commit": str(git_state()[0]),
        "models": f"{sum(len(item.trials) for item in evidence.values()):,}",
        "time": f"{time.perf_counter() - start:.0f} s",
    }
    return Article(NAME, "Why an LSTM cannot latch", ABOUT, blocks, f"rnnbench explain {NAME}", facts)


def _answer(evidence: Evidence, seen: Mapping[str, Landscape]) -> Block:
    """In short, each sentence with the section that proves it."""
    bug, rnn, half = evidence["lstm bug"], evidence["srnn middle"].solved, evidence["srnn half"].solved
    opened, hard = evidence["lstm open"].solved, evidence["lstm hard widest"].solved
    sentences = [
        f"Worse than chance is a bug: the validation set held one class. On fresh sequences the LSTM that scored "
        f"{bug.mean('validation_value'):.2f} scores {bug.mean('test_value'):.2f} (see The bug).",
        "No better than chance is the cell: at its usual start it forgets within a few steps, so no gradient from "
        "the answer reaches the bit, and nothing tells the gates to open (What forgets).",
        f"That the vanilla RNN does better is an accident of its start: from an orthogonal 1 x 1 matrix {rnn.solved} "
        f"of {rnn.n} seeds solve T={MIDDLE}, from half of it {half.solved} of {half.n} (The accident).",
        "More time and a larger learning rate together cure the GRU and not the LSTM: after 50,000 updates at 1e-2 the "
        f"LSTM solves T={LONG} with {share(evidence['lstm long'].solved)} of its seeds, the GRU with "
        f"{share(evidence['gru long'].solved)}. All learn first to be quiet about noise, and the LSTM, which has gates "
        f"for that, stays there; without its input and its output gate it solves "
        f"{share(evidence['bare long'].solved)} (Does patience help?).",
        in_short(evidence, seen),
        f"It can be repaired: with gates that start open for {LONG} steps (biases of ±{CHRONO:.2f}) the LSTM solves "
        f"T={LONG} with {share(evidence['lstm repaired'].solved)} of its seeds and the GRU with "
        f"{share(evidence['gru repaired'].solved)}, in the same 2,500 updates. Opening the forget gate alone does it "
        f"for {share(opened)} (What an open input gate does), a larger learning rate alone for "
        f"{evidence['lstm fast'].solved.solved} of {evidence['lstm fast'].solved.n} (The budget). The hard sigmoid of "
        f"2018 cannot take these biases; about the largest that it can take give {share(hard)} (The repair).",
    ]
    return Block("answer", "The answer", sentences)
