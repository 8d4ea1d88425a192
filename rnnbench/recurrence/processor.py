"""What numba compiles for: the processor at hand, unless its environment variables name another."""

from functools import cache

WIDEST_FIRST = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX", "sse2": "SSE2", "sve": "SVE", "neon": "NEON"}
"""By LLVM's name of a feature."""


def has_avx512() -> bool:
    """Whether compiled code may use registers of 64 bytes and look things up in them."""
    return "avx512f" in _features()


def vector_registers() -> str:
    """Their kind, which decides the last bits of what compiled code computes."""
    return next((name for feature, name in WIDEST_FIRST.items() if feature in _features()), "none")


@cache
def _features() -> frozenset[str]:
    from numba.core.registry import cpu_target

    *_, features = cpu_target.target_context.codegen().magic_tuple()
    return frozenset(feature[1:] for feature in features.split(",") if feature.startswith("+"))
