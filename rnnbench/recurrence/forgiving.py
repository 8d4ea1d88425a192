"""What numba keeps on disk may be damaged, and the disk full: the code is then compiled anew."""

from contextlib import suppress
from types import ModuleType
from typing import Any

from numba.core.dispatcher import Dispatcher


class ForgivingCache:
    """The cache of one function as its dispatcher uses it."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def load_overload(self, signature: Any, target: Any) -> Any:
        """What is kept for ``signature``; None if nothing is, or nothing that can be read, which is then forgotten."""
        try:
            return self._cache.load_overload(signature, target)
        except Exception:  # half a file may unpickle to anything
            with suppress(OSError):
                self._cache.flush()
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        """Keep it if there is room, and what is there can be read."""
        with suppress(Exception):
            self._cache.save_overload(signature, data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)


def forgive(module: ModuleType) -> None:
    """Let every function of ``module`` that is kept on disk be forgiven."""
    dispatchers: list[Any] = [value for value in vars(module).values() if isinstance(value, Dispatcher)]
    for dispatcher in dispatchers:
        dispatcher._cache = ForgivingCache(dispatcher._cache)
