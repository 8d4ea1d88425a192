"""What every test gets: registries that forget what the test registered."""

from collections.abc import Iterator

import pytest

from rnnbench.registry import REGISTRIES


@pytest.fixture(autouse=True)
def _isolated_registries() -> Iterator[None]:
    """Plug-ins of one test are unknown to the next."""
    yield
    for registry in REGISTRIES:
        for name in [name for name in registry if not registry.entry(name).builtin]:
            registry._entries.pop(name)
            registry._classes.pop(name, None)
