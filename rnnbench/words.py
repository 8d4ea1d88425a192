"""Numbers in sentences."""


def some(number: float, noun: str) -> str:
    """A whole number with its noun: ``1 trial``, ``2,500 trials``."""
    return f"{int(number):,} {noun}{'s' * (number != 1)}"
