"""Fig. 2 of Bengio, Simard & Frasconi 1994, read off a scan of the paper (IEEE Trans. Neural Networks 5(2)).

Fig. 2(b) was rendered at 600 dpi; its full scale is the height of the bars for T = 5 to 11, and a bar is known to about
0.01. Fig. 2(a) is scanned in black and white: of its grey levels nothing is left, so that a cell is only the share of
white in it, and a cell that was grey may be read as either.
"""

import numpy as np

BARS = (
    *(1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 0.99, 1.00, 0.99, 0.97, 0.95, 0.95, 0.88, 0.83, 0.81),
    *(0.80, 0.75, 0.67, 0.53, 0.57, 0.44, 0.39, 0.46, 0.37, 0.30, 0.35, 0.24, 0.23, 0.24, 0.26, 0.21),
    *(0.16, 0.17, 0.19, 0.45, 0.16, 0.09, 0.09, 0.14, 0.12, 0.09, 0.06, 0.09, 0.09, 0.06, 0.04, 0.06),
    *(0.06, 0.05, 0.06, 0.05, 0.06, 0.06, 0.05, 0.05),
)
"""Fig. 2(b): frequency of convergence for T = 5 to 60, s = 0.2, w0 = 1.25. T = 40 stands out in the original too.

Read off to within 0.01.
"""
LENGTHS = tuple(range(5, 61))

W0 = np.round(0.5 + 0.1 * np.arange(20), 10)
STEP = 0.05
S = np.round(STEP * np.arange(20), 10)
"""Lower edges of the 20 x 20 cells of Fig. 2(a): w0 from 0.5 to 2.5, s from 0 to 1."""

_SEEN = (
    (0, 0, 1, 0.07, 1, 1, 1, 1, 1, 1, 1, 0.95, 1, 0.73, 1, 0.65),
    (0.20, 0, 0, 0.96, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    (0, 0, 0.93, 0.08, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.41, 1, 0.04),
    (0, 0, 0.28, 1, 1, 1, 1, 1, 1, 1, 0.95, 0.77, 0.96, 0, 1, 0.79),
    (0, 0, 0, 0, 0.16, 1, 0.04, 1, 1, 1, 1, 0, 0, 0.69, 0.93, 0),
    (0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0.07, 0, 0, 0, 0, 0),
    (0, 0, 0, 0, 0, 0.39, 0.05, 0, 0, 0, 0, 0, 0, 0, 0, 0.12),
    (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.05, 0, 0, 0.24, 0),
)
WHITE = np.zeros((20, 20))
"""Fig. 2(a): the share of white, ``s w0``. Cells below w0 = 0.9, and s = 0.4 and more, are black."""
WHITE[: len(_SEEN), 4:] = _SEEN

RUNS = 18
"""For each cell of Fig. 2(a), as the paper says."""
