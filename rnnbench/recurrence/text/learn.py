# An optimiser's step, member by member. The same for every cell, so that it is compiled once for each rule and each
# precision. `of_member` and `rule` are generated; `rule` takes TOGETHER parameters at a time.


@inlined
def alike(hyper, one, other):
    """Whether the rule's numbers are the same for two members."""
    differ = 0
    for n in range(hyper.shape[1]):
        differ += hyper[one, n] != hyper[other, n]
    return differ == 0


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


@called
def all_finite(numbers):
    """Whether none is infinite or NaN."""
    differences = splat_together(ZERO)
    for first in range(0, len(numbers), TOGETHER):
        here = read_some(numbers, first, len(numbers) - first)
        differences = differences + (here - here)
    return is_nought(differences)


@inlined
def advance(m, t, shared, loss, g, new, model):
    """One step of the optimiser from a member's gradient, unless it has diverged or does so now."""
    if t == 1:
        model.first_loss[m] = loss
    why = 0 if np.isfinite(loss) else 1
    if why == 0 and loss > Real(LOSS_LIMIT) * model.first_loss[m]:
        why = 2
    if why == 0 and not all_finite(g):
        why = 3
    clip(g, model.clip, model.threshold[m])
    for first in range(0, len(g), TOGETHER):
        rule(model.parameters[m], g, model.slots, new, m, first, shared)
    for p in model.fixed:
        new[p] = model.parameters[m, p]
    if why == 0 and not all_finite(new[: len(g)]):
        why = 4
    if why > 0:
        model.diverged_at[m], model.cause[m] = t, why
        return
    for first in range(0, len(g), TOGETHER):
        count = len(g) - first
        write_some(model.parameters[m], first, read_some(new, first, count), count)


@compiled
def learn(t, factor, losses, asked, gradients, new, model, batch):
    """Every member that is well takes its step; ``losses`` are its lanes', ``gradients`` begin with its parameters'."""
    hyper = model.hyper
    for m in range(len(model.parameters)):
        if m == 0 or not alike(hyper, m - 1, m):
            shared = of_member(hyper, m, Real(t), hyper[m, 0] * factor)
        if model.diverged_at[m] == 0:
            loss = ZERO
            for b in range(batch):
                loss += losses[m * batch + b]
            count = asked[m] if asked[m] > 1.0 else 1.0
            advance(m, t, shared, loss / Real(count), gradients[m, : model.parameters.shape[1]], new, model)
