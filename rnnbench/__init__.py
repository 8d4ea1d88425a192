"""rnnbench: which recurrent cell can remember what, for how long, how surely, at what cost, and why does it fail?"""

import importlib.metadata

from rnnbench.errors import RnnbenchError as RnnbenchError
from rnnbench.registry import CELLS as CELLS
from rnnbench.registry import OPTIMISERS as OPTIMISERS
from rnnbench.registry import TASKS as TASKS

__version__ = importlib.metadata.version("rnnbench")
