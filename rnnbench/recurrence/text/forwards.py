# All steps of a batch; at each wanted one the answers are judged, and in training the loss's cotangents are kept. This
# stands where `run_forwards` is called, the generated step where `step_forwards` is, and what it finds ready, because
# it is the same at every step, where `make_ready` is. The pass back may overwrite that.
inputs, kept, weights, answers, scratch = work.x, work.kept, work.weights, work.answers, work.scratch
make_ready(weights, scratch, chunks)
for j in range(STATES):
    for l in range(chunks):
        write(kept, j * CHUNKS + l, data.start[j])
for l in range(chunks):
    write(work.losses, l, ZERO)
done = -16  # 16 steps ahead of all others only inputs are laid
while done < steps:
    last = next_asked(done, steps, shortest, wanted, training)
    for t in range(done, last + 1):
        batches.lay(t, here, busy, steps, fewest, work, SIZES)
        if t < 0:
            continue
        batches.fetch_ahead(t, ahead, work.addresses, SIZES)
        x, now = t * (X * CHUNKS), t * (ROWS * CHUNKS) if training else 0
        step_forwards(inputs, x, kept, now, weights, scratch, chunks)
    now = last * (ROWS * CHUNKS) if training else 0
    if last >= shortest:
        hold(kept, now, work.lengths, last, chunks)
    k = wanted[last]
    if k >= 0:
        for l in range(chunks):
            answer(kept, now, weights, answers, l)
            judge(answers, work.targets, k, l, work.losses, work.scores)
            if training:
                learn_readout(now, k, l, work)
    if not training:
        for j in range(STATES):
            for l in range(chunks):
                write(kept, j * CHUNKS + l, read(kept, (ROWS + j) * CHUNKS + l))
    done = last + 1
