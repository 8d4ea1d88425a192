# The passes over time of a layer between PyTorch operations. Names in capitals, `make_ready` (see `forwards.py`) and
# the step forwards are generated; `back_through_time` is `back.py`, or of a small cell the function of `held.py`.


@compiled
def forward(every_input, lengths, shortest, every_weight, wanted, every_kept, outputs, scratch):
    """Every group through time. ``wanted[t]`` is where step t's output goes, or -1; kept rows begin with a state."""
    mode, chunks = flush_denormals(), CHUNKS
    for group in range(len(every_input)):
        inputs, weights, kept = every_input[group], every_weight[group], every_kept[group]
        make_ready(weights, scratch, chunks)
        for t in range(len(wanted)):
            x, now = t * (X * CHUNKS), t * (ROWS * CHUNKS)
            step_forwards(inputs, x, kept, now, weights, scratch, chunks)
            if t >= shortest:
                hold(kept, now, lengths[group], t, chunks)
            if wanted[t] >= 0:
                for j in range(OUT * CHUNKS):
                    write(outputs[group], wanted[t] * (OUT * CHUNKS) + j, read(kept, now + OUT_ROW * CHUNKS + j))
    restore(mode)


@compiled
def backward(every_input, every_weight, wanted, every_kept, wishes, gradients, states, new, late, scratch, to_inputs):
    """Every group back through time; ``states`` becomes the cotangent of the initial state, ``gradients`` a lane's own.

    ``wishes`` hold noughts, then the cotangents of the wanted outputs.
    """
    mode = flush_denormals()
    none, steps, busy = scratch, len(wanted), LANES
    for group in range(len(every_input)):
        input_cotangents = to_inputs[group]
        work = Work(
            every_input[group],
            every_kept[group],
            every_weight[group],
            gradients[group],
            wishes[group],
            none,
            none,
            none,
            none,
            none,
            none,
            scratch,
            states[group],
            new,
            late,
            none,
            none,
            none,
            none,
            none,
            none,
        )
        back_through_time(steps, wanted, work, input_cotangents, busy)
    restore(mode)
