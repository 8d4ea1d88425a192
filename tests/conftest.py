"""What every test gets: registries that forget what the test registered."""

import os
from collections.abc import Iterator

import pytest

# several processes test at once: torch's threads would get into each other's way, twentyfold in small operations
os.environ.setdefault("OMP_NUM_THREADS", "1")

from rnnbench.registry import REGISTRIES


@pytest.fixture(autouse=True)
def _isolated_registries() -> Iterator[None]:
    """Plug-ins of one test are unknown to the next."""
    yield
    for registry in REGISTRIES:
        for name in [name for name in registry if not registry.entry(name).builtin]:
            registry._entries.pop(name)
            registry._classes.pop(name, None)
