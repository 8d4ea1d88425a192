"""Why an LSTM cannot latch: the seed's question of 2018, answered by measurements of one run.

From the caller's side::

    evidence = gather(ARMS, seeds=20)        # every arm trained
    article = answer(evidence)               # each section reads its arms

A section is a function of the evidence that returns a block; no sentence states a number that it did not compute.
"""
