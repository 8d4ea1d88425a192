# A batch in lanes: what the sequences of a group hold, what is asked of them, and what came of it; weights to lanes and
# gradients from them. The same for every cell, so that it is compiled once for each precision; `sizes` says how members
# lie in lanes.


@compiled
def locate(rows, number, data, side, addresses, ends, sizes):
    """Where the sequences of a batch (rows ``member batch row``; -1 for none) begin and their steps, lane by lane.

    A lane without one has noughts throughout. There are two sides, for a batch and for the next one: memory is asked
    for what is wanted of it.
    """
    none = 0 if sizes.tokens else len(data.wanted)  # of features there are enough noughts; a token of nought is one
    for lane in range(side + len(rows) * sizes.batch, side + sizes.lanes):
        addresses[lane], ends[lane] = data.nothing, none
    for m in range(len(rows)):
        start, answers, lengths, steps, stride, size = data.sources[m]
        own, first = rows[m, number], side + m * sizes.batch
        for b in range(sizes.batch):
            addresses[first + b] = start + own[b] * size if own[b] >= 0 else data.nothing
            ends[first + b] = steps if own[b] >= 0 else none
        for b in range(sizes.batch):
            row = max(own[b], 0)
            prefetch(answers + row * stride * sizes.wanted * SIZE)
            if lengths != 0:
                prefetch(lengths + row * 8)


@inlined
def fetch_ahead(t, side, addresses, sizes):
    """Ask memory for a part of the next batch, so that it is near when this one is done.

    Lanes take turns: in 16 steps each is asked for as many numbers as it has in 16 steps (in fewer at the end: some).
    """
    lines, share = sizes.features * SIZE // 4, sizes.lanes // 16
    first, offset = side + (t & 15) * share, (t >> 4) * lines * 64
    for line in range(lines):
        for lane in range(share):
            prefetch_from(addresses, first + lane, offset + line * 64)


@compiled
def fewest_steps(sources):
    """How many steps the sequences of every member have at least."""
    fewest = sources[0, 3]
    for m in range(len(sources)):
        fewest = min(fewest, sources[m, 3])
    return fewest


@compiled
def measure(rows, number, data, lengths, sizes):
    """The lengths of a batch's sequences (those of row -1 do not matter), lane by lane; returns the shortest."""
    shortest = time = len(data.wanted)
    for lane in range(sizes.lanes):
        lengths[lane] = Real(time)
    for m in range(len(rows)):
        where, length = data.sources[m, 2], data.sources[m, 3]
        for b in range(sizes.batch):
            if where != 0:
                length = whole_at(where, rows[m, number, b]) if rows[m, number, b] >= 0 else time
            lengths[m * sizes.batch + b] = Real(length)
            shortest = min(shortest, length)
    return shortest


@inlined
def lay(t, side, busy, time, fewest, work, sizes):
    """Inputs of the 16 steps after the 16 that ``t`` is among, as far as there are so many, into some ``busy`` lanes.

    Each of 16 steps has a part. So what waits for memory and what computes overlap, and what is read next is near.
    Up to step ``fewest`` no lane need be asked whether its sequence has ended.
    """
    start, first = (t >> 4) * 16 + 16, (t & 15) * 16
    while first < busy and start < time:
        if sizes.tokens:
            spell(start, min(start + 16, time), first, side, work.x, work.addresses, work.ends, sizes)
        elif not DOUBLE and start + 16 <= fewest:
            for place in range(start * sizes.features, (start + 16) * sizes.features, 16):
                turn(work.addresses, side + first, place, work.x, first, sizes.lanes)
        else:
            lay_features(start, min(start + 16, time), first, side, work.x, work.addresses, work.ends, sizes)
        first += 256


@compiled
def lay_features(start, end, first, side, x, addresses, ends, sizes):
    """Features of 16 lanes as they are; noughts after the end of a sequence."""
    lanes, features = sizes.lanes, sizes.features
    whole = not DOUBLE and end * features >= 16
    for lane in range(side + first, side + first + 16):
        whole = whole and ends[lane] >= end
    if whole:
        for place in range(start * features, end * features, 16):  # the last may overlap those before
            turn(addresses, side + first, min(place, end * features - 16), x, first, lanes)
    else:
        for lane in range(first, first + 16):
            for place in range(start * features, end * features):
                inside = place < ends[side + lane] * features
                x[place * lanes + lane] = number_at(addresses[side + lane], place) if inside else ZERO


@compiled
def spell(start, end, first, side, x, addresses, ends, sizes):
    """Tokens of 16 lanes as one-hot vectors; noughts after the end of a sequence."""
    inputs, lanes = sizes.inputs, sizes.lanes
    for place in range(start * inputs, end * inputs):
        for lane in range(first, first + 16):
            x[place * lanes + lane] = ZERO
    for lane in range(first, first + 16):
        for t in range(start, min(end, ends[side + lane])):
            x[(t * inputs + int(number_at(addresses[side + lane], t))) * lanes + lane] = ONE


@compiled
def ask(rows, number, data, targets, asked, shares, sizes):
    """Answers wanted of each lane at each scored step, NaN where none is; of each member every one weighs alike."""
    slots, wanted, lanes = data.slots, sizes.wanted, sizes.lanes
    for place in range(slots.shape[1] * wanted * lanes):
        targets[place] = NAN
    for m in range(len(rows)):
        answers, stride, count = data.sources[m, 1], data.sources[m, 4] * wanted, 0
        for k in range(slots.shape[1]):
            slot, first = slots[m, k] * wanted, k * wanted * lanes + m * sizes.batch
            for a in range(wanted if slot >= 0 else 0):
                for b in range(sizes.batch):
                    row = rows[m, number, b]
                    if row >= 0:
                        target = number_at(answers, row * stride + slot + a)
                        targets[first + a * lanes + b] = target
                        count += a == 0 and target == target  # all numbers of an answer are wanted, or none
        asked[m], share = count, ONE / Real(max(count, 1))
        for b in range(sizes.batch):
            shares[m * sizes.batch + b] = share


@compiled
def tell(slots, asked, losses, scores, tally, members, sizes):
    """Add up each member's loss, score and number of answers."""
    for m in range(members):
        loss, score = 0.0, 0.0  # in double precision, and each batch by itself: memory need not be waited for
        for b in range(sizes.batch):
            loss += losses[m * sizes.batch + b]
        for k in range(slots.shape[1]):
            for b in range(sizes.batch if slots[m, k] >= 0 else 0):
                score += scores[k * sizes.lanes + m * sizes.batch + b]
        tally[m, 0] += loss
        tally[m, 1] += score
        tally[m, 2] += asked[m]


@compiled
def tell_classes(slots, targets, scores, sums, members, sizes):
    """Add up, class by class, how often each is wanted of a member and how often its answer is right."""
    for m in range(members if sums.right.shape[1] else 0):
        for k in range(slots.shape[1]):
            for b in range(sizes.batch if slots[m, k] >= 0 else 0):
                target = targets[k * sizes.lanes + m * sizes.batch + b]
                if target == target:
                    sums.asked[m, int(target)] += 1.0
                    sums.right[m, int(target)] += scores[k * sizes.lanes + m * sizes.batch + b]


@compiled
def spread_weights(flat, index, weights, sizes):
    """The numbers of each member's row to where the kernel reads them; of a member alone once, else in each lane."""
    fours = sizes.batch // 4 * 4
    for w in range(len(index)):
        if sizes.alone:
            weights[w] = flat[0, index[w]]
        else:
            for m in range(len(flat)):
                number, first = flat[m, index[w]], w * sizes.lanes + m * sizes.batch
                for lane in range(first, first + fours, 4):
                    write_four(weights, lane, splat_four(number))
                for lane in range(first + fours, first + sizes.batch):
                    weights[lane] = number


@compiled
def sum_gradients(gradient, index, members, g, sizes):
    """The sum over each member's lanes, weight by weight, in its row of ``g``."""
    fours = sizes.batch // 4 * 4
    for m in range(members):
        for p in range(g.shape[1]):
            g[m, p] = ZERO
        for w in range(len(index)):
            first = w * sizes.lanes + m * sizes.batch
            sums, rest = splat_four(ZERO), ZERO  # four sums at once need not wait for each other
            for lane in range(first, first + fours, 4):
                sums = sums + read_four(gradient, lane)
            for lane in range(first + fours, first + sizes.batch):
                rest += gradient[lane]
            g[m, index[w]] += total(sums) + rest
