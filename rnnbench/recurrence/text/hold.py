# A part of a generated module; names in capitals are generated.


@inlined
def hold(kept, now, lengths, t, chunks):
    """Sequences that have ended keep their state."""
    for j in range(STATES):
        for l in range(chunks):
            at = now + j * CHUNKS + l
            old, new = read(kept, at), read(kept, at + ROWS * CHUNKS)
            write(kept, at + ROWS * CHUNKS, where(read(lengths, l) > Real(t), new, old))
