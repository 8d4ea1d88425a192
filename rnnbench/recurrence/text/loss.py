# From a cell's output to answers, loss and score, and back. A part of a generated module.


@inlined
def answer(kept, now, weights, answers, l):
    """The linear read-out of one step."""
    for a in range(ANSWERS):
        s = weight_of(weights, WEIGHTS + OUT * ANSWERS + a, l)
        for j in range(OUT):
            s = s + read(kept, now + (OUT_ROW + j) * CHUNKS + l) * weight_of(weights, WEIGHTS + j * ANSWERS + a, l)
        write(answers, a * CHUNKS + l, s)


@inlined
def judge_classes(answers, targets, k, l, losses, scores):
    """Cross-entropy and whether the likeliest class is right; ``answers`` become the loss's cotangents."""
    target = read(targets, k * CHUNKS + l)
    scored = target == target
    largest, best, finite = read(answers, l), splat(ZERO), splat(ZERO)
    for a in range(ANSWERS):
        value = read(answers, a * CHUNKS + l)
        finite = finite + (value - value)
        better = value > largest
        best = where(better, Real(a), best)
        largest = where(better, value, largest)
    total, picked = splat(ZERO), splat(ZERO)
    for a in range(ANSWERS):
        shifted = read(answers, a * CHUNKS + l) - largest
        picked = where(target == Real(a), shifted, picked)
        e = exp(shifted)
        total = total + e
        write(answers, a * CHUNKS + l, e)
    hit = (best == target) * (finite == ZERO)
    write(losses, l, read(losses, l) + where(scored, log(total) - picked, ZERO))
    write(scores, k * CHUNKS + l, where(scored, hit, ZERO))
    for a in range(ANSWERS):
        share = read(answers, a * CHUNKS + l) / total - (target == Real(a))
        write(answers, a * CHUNKS + l, where(scored, share, ZERO))


@inlined
def judge_values(answers, targets, k, l, losses, scores):
    """Squared error, as loss and as score; ``answers`` become the loss's cotangents."""
    total = splat(ZERO)
    for a in range(ANSWERS):
        target = read(targets, (k * ANSWERS + a) * CHUNKS + l)
        error = where(target == target, read(answers, a * CHUNKS + l) - target, ZERO)
        total = total + error * error
        write(answers, a * CHUNKS + l, error * Real(2.0 / ANSWERS))
    each = total * Real(1.0 / ANSWERS)
    write(losses, l, read(losses, l) + each)
    write(scores, k * CHUNKS + l, each)


@inlined
def learn_readout(now, k, l, work):
    """The read-out's gradient, and what the loss wants of the cell's output."""
    kept, weights, answers, gradient = work.kept, work.weights, work.answers, work.gradient
    for a in range(ANSWERS):
        g = read(answers, a * CHUNKS + l) * read(work.shares, l)
        write(answers, a * CHUNKS + l, g)
        at = (WEIGHTS + OUT * ANSWERS + a) * CHUNKS + l
        write(gradient, at, read(gradient, at) + g)
    for j in range(OUT):
        output = read(kept, now + (OUT_ROW + j) * CHUNKS + l)
        wanted = splat(ZERO)
        for a in range(ANSWERS):
            g = read(answers, a * CHUNKS + l)
            wanted = wanted + g * weight_of(weights, WEIGHTS + j * ANSWERS + a, l)
            at = (WEIGHTS + j * ANSWERS + a) * CHUNKS + l
            write(gradient, at, read(gradient, at) + output * g)
        write(work.given, ((k + 1) * OUT + j) * CHUNKS + l, wanted)
