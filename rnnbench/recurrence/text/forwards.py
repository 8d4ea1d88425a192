# All steps of a batch; at each wanted one the answers are judged, and in training the loss's cotangents are kept. This
# stands where `run_forwards` is called, and the generated step where `step_forwards` is.
inputs, kept, weights, answers, scratch = work.x, work.kept, work.weights, work.answers, work.scratch
for j in range(STATES):
    for l in range(CHUNKS):
        write(kept, j * CHUNKS + l, data.start[j])
for l in range(CHUNKS):
    write(work.losses, l, ZERO)
batches.begin(here, steps, work, SIZES)
for t in range(steps):
    batches.lay(t - t % 16 + 16, t % 16, here, steps, work, SIZES)
    batches.fetch_ahead(t, ahead, work.addresses, SIZES)
    x, now = t * (X * CHUNKS), t * (ROWS * CHUNKS) if training else 0
    step_forwards(inputs, x, kept, now, weights, scratch)
    if t >= shortest:
        hold(kept, now, work.lengths, t)
    k = wanted[t]
    if k >= 0:
        for l in range(CHUNKS):
            answer(kept, now, weights, answers, l)
            judge(answers, work.targets, k, l, work.losses, work.scores)
            if training:
                learn_readout(now, k, l, work)
    if not training:
        for j in range(STATES * CHUNKS):
            write(kept, j, read(kept, ROWS * CHUNKS + j))
