# A part of a generated module, and in `held.py` of a function with vectors of its own. `LARGEST_WEIGHT` is generated.


@called
def are_moderate(weights, l):
    """Whether no weight in chunk ``l`` is so large that nought might be multiplied with something infinite."""
    for place in range(WEIGHTS):
        w = weight(weights, place if ALONE else place * CHUNKS + l)
        if not is_nought((w * w <= LARGEST_WEIGHT * LARGEST_WEIGHT) == ZERO):
            return False
    return True
