"""What numba compiles for: the processor at hand, unless its environment variables name another."""

from functools import cache


@cache
def has_avx512() -> bool:
    """Whether compiled code may use registers of 64 bytes and look things up in them."""
    from numba.core.registry import cpu_target

    *_, features = cpu_target.target_context.codegen().magic_tuple()
    return "+avx512f" in features.split(",")
