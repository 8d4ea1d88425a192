# Back through time, for a cell whose sums do not fit registers (those of a small one: `held.py`): from the last step to
# the first, gradients of weights a stretch at a time. A sequence that has ended is asked for nothing, so that its
# cotangents are noughts until its last step. This stands where `back_through_time` is called, and the generated step
# where `step_backwards` is; `end_early` becomes an end of the loop, or nothing, as `vanishing.py` allows. Only the
# first `busy` lanes hold sequences.
inputs, kept, weights, given, late = work.x, work.kept, work.weights, work.given, work.late
cotangent, new, scratch = work.cotangent, work.new, work.scratch
chunks = (busy + VECTOR - 1) // VECTOR
for back in range(steps):
    t = steps - 1 - back
    at, slot = (wanted[t] + 1) * (OUT * CHUNKS), t % STRETCH * (LATE * CHUNKS)
    x, now = t * (X * CHUNKS), t * (ROWS * CHUNKS)
    step_backwards(inputs, x, kept, now, weights, cotangent, new, given, at, late, slot, scratch, input_cotangents)
    for j in range(0 if IN_PLACE else STATES):
        for l in range(chunks):
            write(cotangent, j * CHUNKS + l, read(new, j * CHUNKS + l))
    if t % STRETCH == 0:
        after = t + STRETCH if t + STRETCH < steps else steps
        add_gradients(t, after, work, chunks)
        end_early(t, wanted, cotangent, weights, chunks)
