# A batch in lanes: what the sequences of a group hold, what is asked of them, and what came of it. The same for every
# cell, so that it is compiled once for each precision; `sizes` says how members lie in lanes.


@compiled
def gather(rows, data, lengths, x, addresses, ends, sizes):
    """Inputs and lengths of the sequences ``rows`` (member batch; -1 for none) into lanes; returns the shortest."""
    sources, time = data.sources, len(data.wanted)
    shortest = time
    for lane in range(sizes.lanes):
        addresses[lane], ends[lane] = data.nothing, 0
        lengths[lane] = Real(time)
    for m in range(len(rows)):
        for b in range(sizes.batch):
            if rows[m, b] >= 0:
                lane = m * sizes.batch + b
                ends[lane] = sources[m, 3]
                addresses[lane] = sources[m, 0] + rows[m, b] * (ends[lane] * sizes.features * SIZE)
                length = whole_at(sources[m, 2], rows[m, b])
                lengths[lane] = Real(length)
                shortest = min(shortest, length)
    if sizes.tokens:
        spell(addresses, ends, time, x, sizes)
    else:
        lay(addresses, ends, time, x, sizes)
    return shortest


@compiled
def lay(addresses, ends, time, x, sizes):
    """Features as they are; noughts after the end."""
    lanes, features = sizes.lanes, sizes.features
    for first in range(0, lanes, 16):
        common = ends[first]
        for lane in range(first, first + 16):
            if ends[lane] > 0:
                common = min(common, ends[lane]) if common > 0 else ends[lane]
        whole = 0 if DOUBLE or common * features < 16 else common * features
        for place in range(0, whole - 15, 16):
            turn(addresses, first, place, x, lanes)
        if whole % 16:  # the last block overlaps the one before
            turn(addresses, first, whole - 16, x, lanes)
        for lane in range(first, first + 16):
            for place in range(whole, ends[lane] * features):
                x[place * lanes + lane] = number_at(addresses[lane], place)
            for place in range(max(whole, ends[lane] * features), time * features):
                x[place * lanes + lane] = ZERO


@compiled
def spell(addresses, ends, time, x, sizes):
    """Tokens as one-hot vectors; noughts after the end."""
    lanes, inputs = sizes.lanes, sizes.inputs
    for place in range(time * inputs * lanes):
        x[place] = ZERO
    for lane in range(lanes):
        for t in range(ends[lane]):
            x[(t * inputs + int(number_at(addresses[lane], t))) * lanes + lane] = ONE


@compiled
def ask(rows, data, targets, sizes):
    """Answers wanted of each lane at each scored step, NaN where none is."""
    sources, slots, wanted = data.sources, data.slots, sizes.wanted
    for place in range(slots.shape[1] * wanted * sizes.lanes):
        targets[place] = NAN
    for m in range(len(rows)):
        for b in range(sizes.batch):
            if rows[m, b] >= 0:
                start = rows[m, b] * sources[m, 4]
                for k in range(slots.shape[1]):
                    if slots[m, k] >= 0:
                        for a in range(wanted):
                            value = number_at(sources[m, 1], (start + slots[m, k]) * wanted + a)
                            targets[(k * wanted + a) * sizes.lanes + m * sizes.batch + b] = value


@compiled
def count(members, slots, targets, asked, sizes):
    """How many answers are wanted of each member."""
    for m in range(members):
        asked[m] = 0.0
        for k in range(slots.shape[1]):
            for b in range(sizes.batch if slots[m, k] >= 0 else 0):
                target = targets[k * sizes.wanted * sizes.lanes + m * sizes.batch + b]
                asked[m] += 1.0 if target == target else 0.0


@compiled
def share(members, asked, shares, sizes):
    """Every answer that is wanted of a member weighs alike in its loss."""
    for m in range(members):
        for b in range(sizes.batch):
            shares[m * sizes.batch + b] = ONE / Real(max(asked[m], 1.0))


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


@compiled
def all_finite(numbers):
    """Whether none is infinite or NaN."""
    total = ZERO
    for number in numbers:
        total += number - number
    return total == ZERO
