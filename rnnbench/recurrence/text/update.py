# Whole updates of a group of members: gather a batch, forwards, loss, backwards, clip, optimiser; and evaluation.
# Names in capitals, `forward_step`, `backward_step` and `rule` come from the generated part above.
# A member's numbers never meet another's: each is rounded alike in any company.


@inlined
def gather(rows, data, work, addresses, ends):
    """Inputs and lengths of the sequences ``rows`` (member batch; -1 for none) into lanes; returns the shortest."""
    sources, time = data.sources, len(data.wanted)
    shortest = time
    for lane in range(LANES):
        addresses[lane], ends[lane] = data.nothing, 0
        work.lengths[lane] = Real(time)
    for m in range(len(rows)):
        for b in range(BATCH):
            if rows[m, b] >= 0:
                lane = m * BATCH + b
                ends[lane] = sources[m, 3]
                addresses[lane] = sources[m, 0] + rows[m, b] * (ends[lane] * FEATURES * SIZE)
                length = whole_at(sources[m, 2], rows[m, b])
                work.lengths[lane] = Real(length)
                shortest = min(shortest, length)
    if TOKENS:
        spell(addresses, ends, time, work.x)
    else:
        lay(addresses, ends, time, work.x)
    return shortest


@inlined
def lay(addresses, ends, time, x):
    """Features as they are; noughts after the end."""
    for first in range(0, LANES, 16):
        common = ends[first]
        for lane in range(first, first + 16):
            if ends[lane] > 0:
                common = min(common, ends[lane]) if common > 0 else ends[lane]
        whole = 0 if DOUBLE or common * FEATURES < 16 else common * FEATURES
        for place in range(0, whole - 15, 16):
            turn(addresses, first, place, x, LANES)
        if whole % 16:  # the last block overlaps the one before
            turn(addresses, first, whole - 16, x, LANES)
        for lane in range(first, first + 16):
            for place in range(whole, ends[lane] * FEATURES):
                x[place * LANES + lane] = number_at(addresses[lane], place)
            for place in range(max(whole, ends[lane] * FEATURES), time * FEATURES):
                x[place * LANES + lane] = ZERO


@inlined
def spell(addresses, ends, time, x):
    """Tokens as one-hot vectors; noughts after the end."""
    for place in range(time * X * LANES):
        x[place] = ZERO
    for lane in range(LANES):
        for t in range(ends[lane]):
            x[(t * X + int(number_at(addresses[lane], t))) * LANES + lane] = ONE


@inlined
def ask(rows, data, targets):
    """Answers wanted of each lane at each scored step, NaN where none is."""
    sources, slots = data.sources, data.slots
    for place in range(slots.shape[1] * WANTED * LANES):
        targets[place] = NAN
    for m in range(len(rows)):
        for b in range(BATCH):
            if rows[m, b] >= 0:
                start = rows[m, b] * sources[m, 4]
                for k in range(slots.shape[1]):
                    if slots[m, k] >= 0:
                        for a in range(WANTED):
                            value = number_at(sources[m, 1], (start + slots[m, k]) * WANTED + a)
                            targets[(k * WANTED + a) * LANES + m * BATCH + b] = value


@inlined
def count(members, slots, targets, asked):
    """How many answers are wanted of each member."""
    for m in range(members):
        asked[m] = 0.0
        for k in range(slots.shape[1]):
            for b in range(BATCH if slots[m, k] >= 0 else 0):
                target = targets[k * WANTED * LANES + m * BATCH + b]
                asked[m] += 1.0 if target == target else 0.0


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


@inlined
def spread_weights(flat, index, weights):
    """Each member's parameters to where the kernel reads them."""
    for w in range(len(index)):
        if ALONE:
            weights[w] = flat[0, index[w]]
        else:
            for m in range(len(flat)):
                for b in range(BATCH):
                    weights[w * LANES + m * BATCH + b] = flat[m, index[w]]


@inlined
def run_forwards(shortest, data, training, work):
    """All steps; at each wanted one the answers are judged, and in training the loss's cotangents are kept."""
    kept, weights, answers = work.kept, work.weights, work.answers
    for j in range(STATES):
        for l in range(CHUNKS):
            write(kept, j * CHUNKS + l, data.start[j])
    for l in range(CHUNKS):
        write(work.losses, l, ZERO)
    for t in range(len(data.wanted)):
        now = t * (ROWS * CHUNKS) if training else 0
        forward_step(work.x, t * (X * CHUNKS), kept, now, weights, work.scratch)
        if t >= shortest:
            hold(kept, now, work.lengths, t)
        k = data.wanted[t]
        if k >= 0:
            for l in range(CHUNKS):
                answer(kept, now, weights, answers, l)
                judge(answers, work.targets, k, l, work.losses, work.scores)
                if training:
                    learn_readout(now, k, l, work)
        if not training:
            for j in range(STATES * CHUNKS):
                write(kept, j, read(kept, ROWS * CHUNKS + j))


@inlined
def tell(members, slots, asked, work, tally):
    """Add up each member's loss, score and number of answers."""
    for m in range(members):
        for b in range(BATCH):
            tally[m, 0] += work.losses[m * BATCH + b]
        for k in range(slots.shape[1]):
            for b in range(BATCH if slots[m, k] >= 0 else 0):
                tally[m, 1] += work.scores[k * LANES + m * BATCH + b]
        tally[m, 2] += asked[m]


@inlined
def member_gradient(m, index, gradient, g):
    """The sum over a member's lanes, weight by weight, in ``g``."""
    for p in range(len(g)):
        g[p] = ZERO
    for w in range(len(index)):
        first = w * LANES + m * BATCH
        a, b, c, d = ZERO, ZERO, ZERO, ZERO  # four sums at once need not wait for each other
        for lane in range(first, first + BATCH // 4 * 4, 4):
            a += gradient[lane]
            b += gradient[lane + 1]
            c += gradient[lane + 2]
            d += gradient[lane + 3]
        for lane in range(first + BATCH // 4 * 4, first + BATCH):
            a += gradient[lane]
        g[index[w]] += (a + b) + (c + d)


@inlined
def clip(g, way, threshold):
    """By norm or by value."""
    if way == 1:
        total = ZERO
        for p in range(len(g)):
            total += g[p] * g[p]
        factor = min(threshold / max(np.sqrt(total), Real(1e-30)), ONE)
        for p in range(len(g)):
            g[p] *= factor
    if way == 2:
        for p in range(len(g)):
            g[p] = min(max(g[p], -threshold), threshold)


@inlined
def advance(m, t, factor, loss, model, work):
    """One step of the optimiser from a member's gradient, unless it has diverged or does so now."""
    g, new = work.g, work.next
    if t == 1:
        model.first_loss[m] = loss
    why = 0 if np.isfinite(loss) else 1
    if why == 0 and loss > Real(LOSS_LIMIT) * model.first_loss[m]:
        why = 2
    if why == 0 and not all_finite(g):
        why = 3
    clip(g, model.clip, model.threshold[m])
    shared = of_member(model.hyper, m, Real(t), model.hyper[m, 0] * factor)
    for p in range(len(g)):
        new[p] = rule(model.parameters[m, p], g[p], model.slots, m, p, shared)
    if why == 0 and not all_finite(new):
        why = 4
    if why > 0:
        model.diverged_at[m], model.cause[m] = t, why
        return
    for p in range(len(g)):
        model.parameters[m, p] = new[p]


@inlined
def all_finite(numbers):
    """Whether none is infinite or NaN."""
    total = ZERO
    for number in numbers:
        total += number - number
    return total == ZERO


@inlined
def share(members, asked, shares):
    """Every answer that is wanted of a member weighs alike in its loss."""
    for m in range(members):
        for b in range(BATCH):
            shares[m * BATCH + b] = ONE / Real(max(asked[m], 1.0))


@compiled
def train(first, rows, factors, data, model, sums, work):
    """Updates ``first`` to ``first + len(rows) - 1`` of one group; ``rows`` is ``update member batch``."""
    members, time = len(model.parameters), len(data.wanted)
    asked, addresses, ends = np.zeros(MEMBERS, np.float64), np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    for update in range(len(rows)):
        shortest = gather(rows[update], data, work, addresses, ends)
        ask(rows[update], data, work.targets)
        count(members, data.slots, work.targets, asked)
        share(members, asked, work.shares)
        spread_weights(model.parameters, data.places, work.weights)
        work.gradient[:] = ZERO
        run_forwards(shortest, data, True, work)
        work.cotangent[:] = ZERO
        back_through_time(time, shortest, data.wanted, work, work.x)
        tell(members, data.slots, asked, work, sums.tally)
        for m in range(members):
            if model.diverged_at[m] == 0:
                loss = ZERO
                for b in range(BATCH):
                    loss += work.losses[m * BATCH + b]
                member_gradient(m, data.places, work.gradient, work.g)
                advance(m, first + update, factors[update], loss / Real(max(asked[m], 1.0)), model, work)


@compiled
def evaluate(counts, data, parameters, sums, work):
    """Every sequence of a set, ``counts`` for each member."""
    members, slots = len(parameters), data.slots
    rows, asked = np.empty((members, BATCH), np.int64), np.zeros(MEMBERS, np.float64)
    addresses, ends = np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    spread_weights(parameters, data.places, work.weights)
    for begin in range(0, max(counts), BATCH):
        for m in range(members):
            for b in range(BATCH):
                rows[m, b] = begin + b if begin + b < counts[m] else -1
        shortest = gather(rows, data, work, addresses, ends)
        ask(rows, data, work.targets)
        count(members, slots, work.targets, asked)
        run_forwards(shortest, data, False, work)
        tell(members, slots, asked, work, sums.tally)
        for m in range(members if sums.right.shape[1] else 0):
            for k in range(slots.shape[1]):
                for b in range(BATCH if slots[m, k] >= 0 else 0):
                    target = work.targets[k * LANES + m * BATCH + b]
                    if target == target:
                        sums.asked[m, int(target)] += 1.0
                        sums.right[m, int(target)] += work.scores[k * LANES + m * BATCH + b]
