"""A cell over time for a tile of members.

``step`` and ``eager`` are the reference, on any device. The way to a fused kernel: ``lower`` traces a cell into the
``graph`` (``operations`` says what each ATen operation becomes, ``lines`` where in the cell it is), ``adjoint``
differentiates it, ``emit`` writes loops, ``numba_source`` puts them between the passes over time, ``compile`` keeps the
result on disk, ``numba_kernel`` lays members out in lanes and calls it. ``choose`` decides which kernel runs.

For CUDA, ``shared`` merges equal nodes, ``kept`` says what the backward pass reads, ``triton_layout`` what lies where,
``triton_emit`` writes tiles, ``triton_source`` puts them into the two passes, ``triton_kernel`` calls them. That kernel
is right in Triton's interpreter and compiles for an H100; nothing is measured.

Measured on one core, T=200, batch 16, forward and backward pass alone, milliseconds for 30 members of 1 unit: srnn
0.15, lstm 0.45, gru 0.31; for 10 members of 8 units: srnn 0.8, lstm 3.6 to 4.1, gru 2.6 to 2.9. The autograd call
around them adds 0.5, readout, loss and optimiser more: for 1 unit they dominate, and fusing the whole update is the
next step. For more than 8 units weights repeated per lane outgrow the cache: there products want blocks in registers.
"""
