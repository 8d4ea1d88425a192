"""Values that the page on Pascanu, Mikolov & Bengio 2013, Fig. 6 is held against.

The figure carries no numbers besides its ticks. What is listed here was computed for rnnbench from the caption's
formula, apart from the code that the page runs, to the digits given; it is not read off the picture.
"""

WEIGHTS = (4.5, 5.5)
"""Range of w: the ticks run from 4.6 to 5.4, the edges are not printed."""
BIASES = (-3.0, -1.9)
"""Range of b: the ticks run from -2.8 to -2.0, the edges are not printed."""
ERROR_TICKS = (0.05, 0.35)
"""The first and the last tick of the error's axis."""

WALLS = {4.5: (-2.303, 134.0), 5.0: (-2.612, 5.75e3), 5.5: (-2.924, 3.30e5)}
"""w to the wall's b, to 0.005, and to the largest |dE/db| along b, to 2 %."""

ERRORS = {
    (5.0, -2.7): 0.3605,
    (5.0, -2.6): 0.0121,
    (5.0, -2.4): 0.0330,
    (5.0, -2.0): 0.0556,
    (4.6, -2.8): 0.3830,
    (4.6, -2.3): 0.0092,
    (5.4, -2.9): 0.3882,
    (5.4, -2.8): 0.0286,
    (5.4, -2.0): 0.0677,
}
"""(w, b) to E_50, to 1e-3."""
