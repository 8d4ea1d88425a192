"""The order of a data set, from random words: what numpy makes of the same words, in a third of the time."""

import numba as nb
import numpy as np

compiled = nb.njit(nogil=True, error_model="numpy", _nrt=False, no_rewrites=True, no_cfunc_wrapper=True, cache=True)


@compiled
def choose_partners(words, last, partners):
    """With whom place ``last`` and those below change places, as far as ``words`` go; returns the first without one.

    A draw is half a word, the lower half first, of as many bits as its place has; one beyond its place is left out.
    That is done without a branch: a processor that must guess is wrong at every third.
    """
    mask = 1
    while mask < last:
        mask = 2 * mask + 1
    for word in words:
        if last <= 0:
            break
        for half in (int(word & np.uint64(0xFFFFFFFF)), int(word >> np.uint64(32))):
            mask = mask >> 1 if mask >> 1 >= last else mask
            partner = half & mask
            partners[last] = partner
            last -= partner <= last
    return last


@compiled
def change_places(order, partners):
    """``order`` becomes 0, 1, 2... after every place but the first has changed with its partner, from the last on."""
    for place in range(len(order)):
        order[place] = place
    for place in range(len(order) - 1, 0, -1):
        partner = partners[place]
        order[place], order[partner] = order[partner], order[place]
