"""The settings under which the page on Bengio et al. 1994 trains: what the paper leaves open, and what we chose.

The paper gives the unit, the cost, L = 3, T, w0 and s. It gives no learning rate, range of the first inputs, number of
sequences, number of epochs or criterion of convergence; these were fitted to its figures, and other values may fit too.
"""

import math

from rnnbench.explain.minimal import Problem

TRAINED = Problem(20, epochs=200)
"""After the caption of Fig. 2(b): w starts at 1.25 and is learned. Five sequences a class, 200 epochs, right signs."""
FIXED = Problem(20, train_w=False, sequences=2, learning_rate=0.05, epochs=200)
"""After the text: "learning only the input parameters". Two sequences a class, 200 epochs, right signs."""
GRID = Problem(20, sequences=40, learning_rate=0.0025, epochs=80, error=0.02, stops=True)
"""For Fig. 2(a): 40 sequences a class, until the mean of (x_T - d)² is below 0.02, at most 80 epochs."""

READINGS = {"w trained": TRAINED, "w fixed": FIXED, "as in (a)": GRID}
"""Those that Fig. 2(b) is computed under, with s as a standard deviation."""
VARIANCE = math.sqrt(0.2)
"""The standard deviation if s = 0.2 is read as a variance, as the paper's text has it."""

CRITERIA = {
    "right signs": (0.8, math.inf),
    "every |x_T - d| < 0.4": (0.4, math.inf),
    "every |x_T - d| < 0.2": (0.2, math.inf),
    "mean (x_T - d)² < 0.03": (0.8, 0.03),
    "mean (x_T - d)² < 0.02": (0.8, 0.02),
    "mean (x_T - d)² < 0.01": (0.8, 0.01),
}
"""Criteria of convergence that the paper could have meant: tolerance and mean square."""
CHOSEN = "mean (x_T - d)² < 0.02"
"""That of :data:`GRID`."""
