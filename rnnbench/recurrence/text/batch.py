# A batch in lanes: what the sequences of a group hold, and what is asked of them. A part of a generated module.


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
def share(members, asked, shares):
    """Every answer that is wanted of a member weighs alike in its loss."""
    for m in range(members):
        for b in range(BATCH):
            shares[m * BATCH + b] = ONE / Real(max(asked[m], 1.0))
