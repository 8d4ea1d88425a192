# The pass back through time of a cell whose sums are kept in memory (those of a small one: `held.py`).


@inlined
def back_through_time(steps, shortest, wanted, work, gx):
    """From the last step to the first."""
    cotangent, new, saved, kept = work.cotangent, work.new, work.saved, work.kept
    for back in range(steps):
        t = steps - 1 - back
        ended = t >= shortest
        if ended:
            for j in range(STATES):
                for l in range(CHUNKS):
                    c = read(cotangent, j * CHUNKS + l)
                    write(saved, j * CHUNKS + l, c)
                    write(cotangent, j * CHUNKS + l, where(read(work.lengths, l) > Real(t), c, ZERO))
        at = (wanted[t] + 1) * (OUT * CHUNKS)
        x, now = t * (X * CHUNKS), t * (ROWS * CHUNKS)
        given, gradient = work.given, work.gradient
        backward_step(work.x, x, kept, now, work.weights, cotangent, new, given, at, gradient, work.scratch, gx)
        for j in range(0 if IN_PLACE else STATES):
            for l in range(CHUNKS):
                write(cotangent, j * CHUNKS + l, read(new, j * CHUNKS + l))
        if ended:
            for j in range(STATES):
                for l in range(CHUNKS):
                    c, before = read(cotangent, j * CHUNKS + l), read(saved, j * CHUNKS + l)
                    write(cotangent, j * CHUNKS + l, where(read(work.lengths, l) > Real(t), c, before))
