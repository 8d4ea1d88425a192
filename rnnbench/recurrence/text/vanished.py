# A part of a generated module.


@called
def is_over(t, wanted, cotangent, weights, chunks):
    """Whether steps before ``t`` add noughts: nothing is wanted of them, and every cotangent is nought."""
    for row in range(STATES):
        for l in range(chunks):
            if not is_nought(read(cotangent, row * CHUNKS + l)):
                return False
    for before in range(t):
        if wanted[before] >= 0:
            return False
    moderate = True
    for l in range(1 if ALONE else chunks):
        moderate = moderate and are_moderate(weights, l)
    return moderate
