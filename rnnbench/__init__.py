"""rnnbench: which recurrent cell can remember what, for how long, how surely, at what cost, and why does it fail?"""

from rnnbench.errors import RnnbenchError as RnnbenchError
from rnnbench.registry import CELLS as CELLS
from rnnbench.registry import OPTIMISERS as OPTIMISERS
from rnnbench.registry import TASKS as TASKS


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: not every command needs it."""
    if name == "__version__":
        import importlib.metadata

        return importlib.metadata.version("rnnbench")
    raise AttributeError(name)
