"""Fig. 2(a) of Bengio et al. 1994: how often training converges, over the first weight and the noise."""

from dataclasses import dataclass, replace

import numpy as np

from rnnbench.explain.bengio_1994_digitised import RUNS, STEP, W0, WHITE, S
from rnnbench.explain.bengio_1994_settings import CHOSEN, CRITERIA, GRID
from rnnbench.explain.minimal import Floats, converged_after
from rnnbench.streams import stream

EPOCHS = (20, 40, GRID.epochs)
"""At most so many epochs of training; the last is the setting that we chose."""


@dataclass(frozen=True)
class Fit:
    """How a map of frequencies meets the paper's figure."""

    inside: float
    """Share of cells with w0 of 1.3 and more and s up to 0.25 where most runs converge."""
    core: float
    """The same for w0 from 1.2 to 1.8."""
    outside: float
    """Share of cells with w0 under 0.9 or s of 0.45 and more where less than a tenth do."""
    white: int
    """Cells among the latter where most runs converge; ``places`` says where."""
    places: tuple[tuple[float, float], ...]
    """w0 and s of these."""
    agreement: float
    """Share of cells on the same side of one half as the digitised figure."""
    overlap: float
    """Cells above one half in both, of those above one half in either."""


@dataclass(frozen=True)
class Grid:
    """The figure computed: epochs after which each run first converged, by criterion, ``s w0 run``."""

    w0: Floats
    s: Floats
    digitised: Floats
    after: dict[str, Floats]
    lower: "Grid | None" = None
    """The same with each cell at its lower edge of s, so that the first row has no noise."""

    def frequency(self, epochs: int, criterion: str = CHOSEN) -> Floats:
        """Share of runs that converge within ``epochs``, ``s w0``."""
        return np.asarray((self.after[criterion] <= epochs).mean(axis=2))

    def fit(self, epochs: int, criterion: str = CHOSEN) -> Fit:
        """How one map meets the figure."""
        return self.fit_of(self.frequency(epochs, criterion))

    def fit_of(self, frequency: Floats) -> Fit:
        """How any map meets the figure; the digitised one can be asked too."""
        w0, s = np.meshgrid(self.w0, self.s)
        low = s < 0.27
        outside = (w0 < 0.89) | (s > 0.44)
        white = outside & (frequency > 0.5)
        ours, theirs = frequency > 0.5, self.digitised > 0.5
        return Fit(
            inside=float((frequency[(w0 > 1.25) & low] > 0.5).mean()),
            core=float((frequency[(w0 > 1.15) & (w0 < 1.85) & low] > 0.5).mean()),
            outside=float((frequency[outside] < 0.1).mean()),
            white=int(white.sum()),
            places=tuple((float(a), float(b)) for a, b in zip(w0[white], s[white], strict=True)),
            agreement=float((ours == theirs).mean()),
            overlap=float((ours & theirs).sum() / (ours | theirs).sum()),
        )


def measure_grid(every: int = 1) -> Grid:
    """Train 18 runs at ``every``-th value of w0 and s, each at the lower edge of w0 and, to compare, at both of s."""
    w0, low = W0[::every], S[::every]
    high = np.round(low + STEP, 10)
    rows = {float(noise): _row(float(noise), w0) for noise in np.union1d(low, high)}

    def grid(s: Floats, lower: Grid | None) -> Grid:
        after = np.stack([rows[float(noise)] for noise in s], axis=1)
        return Grid(w0, s, WHITE[::every, ::every], dict(zip(CRITERIA, after, strict=True)), lower)

    return grid(high, grid(low, None))


def _row(noise: float, w0: Floats) -> Floats:
    """Epochs after which each run first converged, ``criterion w0 run``."""
    problem = replace(GRID, noise=noise, w0=np.repeat(w0, RUNS))
    rng = stream("explain", "bengio-1994", "grid", noise)
    after = converged_after(problem, len(w0) * RUNS, rng, [*CRITERIA.values()])
    return after.reshape(len(CRITERIA), len(w0), RUNS)
