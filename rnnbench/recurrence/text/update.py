# Whole updates of a group of members: gather a batch, forwards, loss, backwards, clip, optimiser; and evaluation.
# Names in capitals are generated; `run_forwards` is `forwards.py`, `back_through_time` is `back.py`, or of a
# small cell the function of `held.py`; `ready_weights` and `add_what_was_derived` are in `derived_source.py`. Compiled
# apart are `batches` (`batch.py`) and `optimiser` (`learn.py`).
# To numba `min` and `max` are functions to compile, as is a function anew for a number written in its call: none here.
# A member's numbers never meet another's: each is rounded alike in any company.


@inlined
def next_asked(t, steps, shortest, wanted, training):
    """The first step from ``t`` on after which something is asked: in an evaluation each, as its row is not kept."""
    last = t if t > 0 else 0  # before the first one inputs are laid
    while training and last < steps - 1 and last < shortest and wanted[last] < 0:
        last += 1
    return last


@compiled
def run(training, first, rows, factors, data, model, sums, work):
    """Batch after batch of one group (rows ``member batch row``): updates from number ``first`` on, or an evaluation.

    One entry for both: the step forwards is the longest part of the code and is compiled once.
    """
    members, slots, asked = len(model.parameters), data.slots, work.asked
    steps, wanted, input_cotangents = len(data.wanted), data.wanted, work.x
    busy = members * BATCH
    chunks = (busy + VECTOR - 1) // VECTOR
    count, fewest = rows.shape[1], batches.fewest_steps(data.sources)
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
        run_forwards(shortest, fewest, data, training, work, steps, wanted, busy, chunks)
        if training and LEARNING:
            work.cotangent[:] = ZERO
            back_through_time(steps, wanted, work, input_cotangents, busy)
        restore(mode)
        batches.tell(slots, asked, work.losses, work.scores, sums.tally, members, SIZES)
        if training:
            batches.sum_gradients(work.gradient, data.places, members, work.g, SIZES)
            for m in range(members):
                add_what_was_derived(m, work)
            optimiser.learn(first + number, factors[number], work.losses, asked, work.g, work.next, model, BATCH)
        else:
            batches.tell_classes(slots, work.targets, work.scores, sums, members, SIZES)
