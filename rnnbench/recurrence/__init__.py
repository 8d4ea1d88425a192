"""A cell over time for a tile of members.

``step`` and ``eager`` are the reference, on any device. The way to a fused kernel: ``lower`` traces a cell into the
``graph`` (``operations`` says what each ATen operation becomes, ``lines`` where in the cell it is), ``shared`` merges
equal nodes, ``sums`` orders what is added up, ``adjoint`` differentiates it, ``kept`` says what the backward pass
reads. A trace does not see everything, so ``proof`` holds the graph, which ``interpret`` computes node by node, against
the step before anything is compiled. ``choose`` decides what runs.

For a CPU, ``emit`` orders values into loops and ``body`` writes their statements, on vectors of ``lanes`` (their
functions are in ``lane_math``, with AVX-512 two of them by ``lane_table``). Gradients of weights are added up a stretch
of steps at a time, by ``outer``; a cell of few weights goes back in registers altogether, by ``held``. ``numba_source``
pastes both steps into the passes over time of ``text/over_time.py`` and ``text/back.py``; the latter ends where all
gradients have vanished if ``vanishing`` (by ``ranges`` of values) proves that what is left adds noughts. ``compile``
keeps the result on disk, ``numba_kernel`` lays members out in lanes, as many and as wide as ``shape`` says (and
``processor`` what registers there are), and calls it between PyTorch operations. Whole updates go further:
``update_source`` adds ``text/update.py`` (read-out, loss); what no cell changes is ``common``: batches by ``gather``,
sums, the optimiser with its ``rule`` on vectors of parameters (the last ones ``masked``, functions by
``lane_library``); ``denormal`` keeps processors on their fast path. ``arguments`` names what they are given.
``rnnbench.train.program`` makes them, ``rnnbench.train.fused`` calls them.

For CUDA, ``triton_layout`` says what lies where, ``triton_emit`` writes tiles, ``triton_source`` puts them into the two
passes, ``triton_kernel`` calls them. That kernel is right in Triton's interpreter and compiles for an H100; nothing is
measured.

What made them fast, and what did not, is in ``docs/kernels.md``; figures are in ``reports/speed``.
"""
