"""The studies that rnnbench ships, as TOML files."""

from pathlib import Path


def shipped() -> dict[str, str]:
    """Their texts by name."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return {file.stem: file.read_text(encoding="utf-8") for file in files}
