"""``rnnbench explain bengio-1994``: the minimal problem of Bengio, Simard & Frasconi 1994."""

import os
import time

from rnnbench.explain.bengio_1994_grid import measure_grid
from rnnbench.explain.bengio_1994_grid_page import grid_block
from rnnbench.explain.bengio_1994_guessing import guessing_block, measure_guessing
from rnnbench.explain.bengio_1994_length import length_block, measure_curves
from rnnbench.explain.bengio_1994_map import latch_block, measure_latch
from rnnbench.provenance import versions
from rnnbench.report.article import Article


def article(quick: bool = False) -> Article:
    """The page; ``quick`` takes every fourth cell of Fig. 2(a), every eighth T of Fig. 2(b) and fewer guesses."""
    start = time.perf_counter()
    blocks = [
        latch_block(measure_latch(quick)),
        length_block(measure_curves(quick)),
        grid_block(measure_grid(2 if quick else 1)),
        guessing_block(measure_guessing(quick)),
    ]
    took = time.perf_counter() - start
    return Article(
        "bengio-1994",
        "The minimal problem: one unit, one sign to keep",
        "Bengio, Simard & Frasconi 1994, Learning long-term dependencies with gradient descent is difficult, Sections "
        "II and III: `x_t = tanh(w x_{t-1} + h_t)`. The first three inputs are learned for each of two classes, the "
        "others are noise, and the last state shall have the sign of the class.",
        blocks,
        "rnnbench explain bengio-1994",
        {**versions(), "seed": "one stream for each study", "time": f"{took:.1f} s on {os.cpu_count()} cores"},
    )
