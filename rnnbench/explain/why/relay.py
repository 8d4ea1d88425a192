"""The question's second task: do a bit at the start and one halfway agree?"""

from rnnbench.explain.why.arms import Arm, Evidence
from rnnbench.explain.why.words import CORRECTED, ahead, share, told
from rnnbench.report.article import Block, Item, accuracy, table

LENGTH, HIDDEN, EPOCHS = 50, 8, 10
CHRONO = f"longest={LENGTH}"


def _arm(label: str, cell: str, learning_rate: float = 1e-3) -> Arm:
    return Arm(label, cell, LENGTH, learning_rate, task="bit_relay", hidden=HIDDEN, epochs=EPOCHS)


RELAY = {
    "relay srnn": _arm("vanilla RNN of 2018", "srnn:keras2"),
    "relay srnn fast": _arm("vanilla RNN of 2018, learning rate 1e-2", "srnn:keras2", 1e-2),
    "relay lstm": _arm("LSTM of 2018", "lstm:keras2"),
    "relay gru": _arm("GRU of 2018", "gru:keras2"),
    "relay lstm fast": _arm("LSTM of 2018, learning rate 1e-2", "lstm:keras2", 1e-2),
    "relay lstm sigmoid": _arm("LSTM, sigmoid gates, learning rate 1e-2", "lstm[like=keras2,gate=sigmoid]", 1e-2),
    "relay gru sigmoid": _arm("GRU, sigmoid gates", "gru[like=keras2,gate=sigmoid]"),
    "relay lstm repaired": _arm(
        "LSTM, chrono biases", f"lstm[like=keras2,gate=sigmoid,forget_bias=chrono,input_bias=chrono,{CHRONO}]", 1e-2
    ),
    "relay gru repaired": _arm("GRU, chrono bias", f"gru[like=keras2,gate=sigmoid,update_bias=chrono,{CHRONO}]"),
}
"""With eight units times are drawn: biases log U[1, T - 1], one a unit (Tallec & Ollivier 2018)."""


def relay_block(evidence: Evidence) -> Block:
    """Whether cause and repair carry over to a task that needs more than latching."""
    lstm, gru, rnn = (evidence[f"relay {name}"].solved for name in ("lstm", "gru", "srnn"))
    better, also = evidence["relay lstm repaired"].solved, evidence["relay gru repaired"].solved
    control, other = evidence["relay lstm sigmoid"].solved, evidence["relay gru sigmoid"].solved
    second = max((lstm, gru), key=lambda found: found.rate)
    first = "again the simplest cell is" if ahead(rnn, second) else "the simplest cell is not surely"
    carries = "carries over" if ahead(better, control) and ahead(also, other) else "does not surely carry over"
    sentences = [
        f"At T={LENGTH} with {HIDDEN} units the LSTM of 2018 solves {share(lstm)}, the GRU {share(gru)}, the vanilla "
        f"RNN {share(rnn)}: {first} ahead of both ({told(rnn, second)}) with a learning rate of 1e-3. With 1e-2 it "
        f"solves {share(evidence['relay srnn fast'].solved)}.",
        f"The same repair {carries}: with chrono biases for {LENGTH} steps the LSTM solves {share(better)}, where "
        f"sigmoid gates and the learning rate alone give {share(control)} ({told(better, control)}); the GRU "
        f"{share(also)}, where sigmoid gates alone give {share(other)} ({told(also, other)}).",
    ]
    rows: list[list[Item]] = []
    for key, arm in RELAY.items():
        found = evidence[key]
        solved = f"{found.solved.solved}/{found.solved.n}"
        between = f"{found.solved.low:.2f} to {found.solved.high:.2f}"
        rows.append([arm.label, arm.cell, arm.learning_rate, solved, between, accuracy(found.mean("test_value"))])
    heads = ["Setting", "Cell", "Learning rate", "Solved", "95 %", "Mean accuracy"]
    notes = [
        f"Do the signs of the first element and of the one halfway agree? {HIDDEN} units, {EPOCHS} epochs of 8,000 "
        "sequences, random split, accuracy on fresh sequences. The length is our choice: long enough that defaults "
        f"fail. {CORRECTED}"
    ]
    return Block("relay", "The second task: bit relay", sentences, notes,
                 tables=[table("relay", f"Bit relay at T={LENGTH}.", heads, rows)])  # fmt: skip
