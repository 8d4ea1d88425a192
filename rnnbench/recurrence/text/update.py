# Whole updates of a group of members: gather a batch, forwards, loss, backwards, clip, optimiser; and evaluation.
# Names in capitals and `rule` are generated; `run_forwards` is `forwards.py`, `back_through_time` is `back.py`, or of a
# small cell the function of `held.py`; `batches` is compiled apart (`batch.py`); `ready_weights` and
# `add_what_was_derived` are in `derived_source.py`.
# To numba `min` and `max` are functions to compile, as is a function anew for a number written in its call: none here.
# A member's numbers never meet another's: each is rounded alike in any company.


@inlined
def spread_weights(flat, index, weights):
    """The numbers of each member's row to where the kernel reads them."""
    for w in range(len(index)):
        if ALONE:
            weights[w] = flat[0, index[w]]
        else:
            for m in range(len(flat)):
                number, first = flat[m, index[w]], w * LANES + m * BATCH
                for lane in range(first, first + FOURS, 4):
                    write_four(weights, lane, splat_four(number))
                for lane in range(first + FOURS, first + BATCH):
                    weights[lane] = number


@inlined
def member_gradient(m, index, gradient, g):
    """The sum over a member's lanes, weight by weight, in ``g``."""
    for p in range(len(g)):
        g[p] = ZERO
    for w in range(len(index)):
        first = w * LANES + m * BATCH
        sums, rest = splat_four(ZERO), ZERO  # four sums at once need not wait for each other
        for lane in range(first, first + FOURS, 4):
            sums = sums + read_four(gradient, lane)
        for lane in range(first + FOURS, first + BATCH):
            rest += gradient[lane]
        g[index[w]] += total(sums) + rest


@inlined
def advance(m, t, shared, loss, model, work):
    """One step of the optimiser from a member's gradient, unless it has diverged or does so now."""
    g, new = work.g[: model.parameters.shape[1]], work.next
    if t == 1:
        model.first_loss[m] = loss
    why = 0 if np.isfinite(loss) else 1
    if why == 0 and loss > Real(LOSS_LIMIT) * model.first_loss[m]:
        why = 2
    if why == 0 and not batches.all_finite(g):
        why = 3
    batches.clip(g, model.clip, model.threshold[m])
    for p in range(len(g)):
        new[p] = rule(model.parameters[m, p], g[p], model.slots, m, p, shared)
    for p in model.fixed:
        new[p] = model.parameters[m, p]
    if why == 0 and not batches.all_finite(new):
        why = 4
    if why > 0:
        model.diverged_at[m], model.cause[m] = t, why
        return
    for p in range(len(g)):
        model.parameters[m, p] = new[p]


@inlined
def alike(hyper, one, other):
    """Whether the rule's numbers are the same for two members."""
    differ = 0
    for n in range(hyper.shape[1]):
        differ += hyper[one, n] != hyper[other, n]
    return differ == 0


@inlined
def learn(members, t, factor, data, asked, model, work):
    """Every member that is well takes its step."""
    hyper = model.hyper
    for m in range(members):
        if m == 0 or not alike(hyper, m - 1, m):
            shared = of_member(hyper, m, Real(t), hyper[m, 0] * factor)
        if model.diverged_at[m] == 0:
            loss = ZERO
            for b in range(BATCH):
                loss += work.losses[m * BATCH + b]
            member_gradient(m, data.places, work.gradient, work.g)
            add_what_was_derived(m, work)
            count = asked[m] if asked[m] > 1.0 else 1.0
            advance(m, t, shared, loss / Real(count), model, work)


@compiled
def run(training, first, rows, factors, data, model, sums, work):
    """Batch after batch of one group (rows ``member batch row``): updates from number ``first`` on, or an evaluation.

    One entry for both: the step forwards is the longest part of the code and is compiled once.
    """
    members, slots, asked = len(model.parameters), data.slots, work.asked
    steps, wanted, input_cotangents = len(data.wanted), data.wanted, work.x
    busy = members * BATCH
    chunks = (busy + VECTOR - 1) // VECTOR
    count = rows.shape[1]
    for number in range(count):
        here = number % 2 * LANES
        ahead = LANES - here
        if number == 0:
            batches.locate(rows, number, data, here, work.addresses, work.ends, SIZES)
        following = number + 1 if number + 1 < count else number
        batches.locate(rows, following, data, ahead, work.addresses, work.ends, SIZES)
        shortest = batches.measure(rows, number, data, work.lengths, SIZES)
        batches.ask(rows, number, data, work.targets, asked, work.shares, SIZES)
        ready_weights(model.parameters, data.places, work)
        work.gradient[:] = ZERO
        mode = flush_denormals()
        run_forwards(shortest, data, training, work, steps, wanted, busy, chunks)
        if training and LEARNING:
            work.cotangent[:] = ZERO
            back_through_time(steps, wanted, work, input_cotangents, busy)
        restore(mode)
        batches.tell(slots, asked, work.losses, work.scores, sums.tally, members, SIZES)
        if training:
            learn(members, first + number, factors[number], data, asked, model, work)
        else:
            batches.tell_classes(slots, work.targets, work.scores, sums, members, SIZES)
