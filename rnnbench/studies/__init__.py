"""The studies that rnnbench ships, as TOML files."""

from pathlib import Path


def shipped() -> dict[str, str]:
    """Their texts by name."""
    texts = {file.stem: file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("*.toml")}
    return dict(sorted(texts.items()))
