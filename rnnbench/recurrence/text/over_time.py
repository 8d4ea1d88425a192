# The passes over time of a layer between PyTorch operations. Names in capitals and `back_through_time` come from the
# generated part; so does what stands for `step_forwards`.


@inlined
def hold(kept, now, lengths, t):
    """Sequences that have ended keep their state."""
    for j in range(STATES):
        for l in range(CHUNKS):
            at = now + j * CHUNKS + l
            old, new = read(kept, at), read(kept, at + ROWS * CHUNKS)
            write(kept, at + ROWS * CHUNKS, where(read(lengths, l) > Real(t), new, old))


@compiled
def forward(every_input, lengths, shortest, every_weight, wanted, every_kept, outputs, scratch):
    """Every group through time. ``wanted[t]`` is where step t's output goes, or -1; kept first: a state."""
    for group in range(len(every_input)):
        inputs, weights, kept = every_input[group], every_weight[group], every_kept[group]
        for t in range(len(wanted)):
            x, now = t * (X * CHUNKS), t * (ROWS * CHUNKS)
            step_forwards(inputs, x, kept, now, weights, scratch)
            if t >= shortest:
                hold(kept, now, lengths[group], t)
            if wanted[t] >= 0:
                for j in range(OUT * CHUNKS):
                    write(outputs[group], wanted[t] * (OUT * CHUNKS) + j, read(kept, now + OUT_ROW * CHUNKS + j))


@compiled
def backward(inputs, weights, wanted, kept, given, gradients, states, new, late, scratch, input_cotangents):
    """Every group back through time; ``states`` becomes the cotangent of the initial state, ``gradients`` a lane's own.

    ``given`` holds noughts, then the cotangents of the wanted outputs.
    """
    none = scratch
    for group in range(len(inputs)):
        work = Work(
            inputs[group],
            kept[group],
            weights[group],
            gradients[group],
            given[group],
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
        )
        back_through_time(len(wanted), wanted, work, input_cotangents[group])
