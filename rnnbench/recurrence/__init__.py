"""A cell over time for a tile of members.

``step`` and ``eager`` are the reference, on any device. The way to a fused kernel: ``lower`` traces a cell into the
``graph`` (``operations`` says what each ATen operation becomes, ``lines`` where in the cell it is), ``shared`` merges
equal nodes, ``sums`` orders what is added up, ``adjoint`` differentiates it, ``kept`` says what the backward pass
reads. A trace does not see everything, so ``proof`` holds the graph, which ``interpret`` computes node by node, against
the step before anything is compiled. ``choose`` decides what runs.

For a CPU, ``emit`` orders values into loops and ``body`` writes their statements, on vectors of ``lanes`` (their
functions are in ``lane_math``, with AVX-512 two of them by ``lane_table``). Gradients of weights are added up a stretch
of steps at a time, by ``outer``; a cell of few weights goes back in registers altogether, by ``held``. ``numba_source``
pastes both steps into the passes over time of ``text/over_time.py`` and ``text/back.py``. ``compile`` keeps the result
on disk, ``numba_kernel`` lays members out in lanes, as many and as wide as ``shape`` says (and ``processor`` what
registers there are), and calls it between PyTorch operations. Whole updates go further: ``update_source`` adds
``text/update.py`` (read-out, loss); what no cell changes is ``common``: batches by ``gather``, sums, the optimiser
with its ``rule``; ``denormal`` keeps processors on their fast path. ``arguments`` names what they are given.
``rnnbench.train.program`` makes them, ``rnnbench.train.fused`` calls them.

For CUDA, ``triton_layout`` says what lies where, ``triton_emit`` writes tiles, ``triton_source`` puts them into the two
passes, ``triton_kernel`` calls them. That kernel is right in Triton's interpreter and compiles for an H100; nothing is
measured.

What made the CPU kernels fast, in order of gain: numbers that vanish become nought (with AVX-512 srnn 1: half of an
update, lstm 1: two thirds, 8 units: more); numba knows vectors of lanes as a type, so that nothing depends on LLVM's
loop vectoriser, its checks for overlap and its patience (the passes of an LSTM of 8 compile in 5 seconds instead of
13); gradients are matrix products over stretches of steps, so that no sum is read and written at every step (2 units:
10 % of an update, 8: 25 %, 32 to 128: 60 %); products hold eight sums in registers; batches are turned into lanes by
fours, next to the step that reads them, and are asked of memory a batch ahead (srnn 1: a quarter, half of it for lanes
without a member, which were filled number by number); several members share a row while their weights are few; a small
cell's sums stay in registers on the way back (srnn 1: 14 %, lstm 1: 12 %); tanh and sigmoid are fractions of low
degree (lstm 1: 7 %), or with AVX-512 read from tables in registers, without a division (gated cells of 1 to 8 units: 4
to 12 %; srnn 1: nothing); sums have their products last (srnn 1, lstm 1: 4 %); many updates go into one call
(``train.pace``); on AVX2, vectors are one register wide (8 units: 13 to 20 %), of a held pass two (lstm 1: 8 to 13 %).
Where all sequences go on, no lane is asked whether its own does, and addresses are read without a check (srnn 1: 8 %);
orders of batches are numpy's, but shuffled by compiled code (``text/shuffle.py``; srnn 1: 7 %).
What did not: approximate division, longer stretches, other tiles, rows of data that begin where cache lines do, memory
in large pages, lanes turned by eights or sixteens (fewer loads, of which some cross a cache line), inputs laid for 16
steps at once, answers' cotangents read only where there are any.
Of the 34 us of thirty srnn 1 on a Zen 5 the step forwards is 12, which is what its loop takes alone, and a loop in C
too (look-ups and multiply-adds share three units: two thirds of its cycles are theirs); laying inputs 7, most of it for
64 loads of four numbers a tile (C: 6); the pass back 6 (C: 4); the order of batches, and Python, 3; what is done once
an update and the loop over time the rest. Fewer look-ups (a centre by a mask, two terms in one word) save 0.4 in C and
would change every bit. reports/speed/zen5.md has the figures.

Compiling takes seconds, most of it numba's own. A third was saved by answering at once what a sum of two addresses is
(``lanes``), by pasting text where numba would inline, by not counting references (nothing is allocated), by compiling
what is common once (since the optimiser's step is, updates of gru 1 compile in 2.1 seconds instead of 3.3), and by
keeping torch's objects out of the garbage collector's sight. LLVM meets the common functions again in every module.
"""
