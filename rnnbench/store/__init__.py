"""Where results live."""

from pathlib import Path

DEFAULT_PATH = Path("rnnbench.sqlite")
"""In the working directory."""
