"""Numbers and values in sentences."""


def some(number: float, noun: str) -> str:
    """A whole number with its noun: ``1 trial``, ``2,500 trials``."""
    return f"{int(number):,} {noun}{'s' * (number != 1)}"


def returned(made: object) -> str:
    """What came in place of a pair: ``3 values``, ``one Tensor``."""
    return f"{len(made)} values" if isinstance(made, tuple | list) else f"one {type(made).__name__}"
