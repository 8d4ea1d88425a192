"""Functions of generated Triton kernels. A value is a tile ``sequence unit``, both padded to powers of two."""

import triton
import triton.language as tl


@triton.jit
def tanh(x):
    """By way of an exponential that cannot overflow; near nought, where that cancels, a float32 takes the series."""
    e = tl.exp(-2.0 * tl.abs(x))
    y = (1.0 - e) / (1.0 + e)
    y = tl.where(x < 0.0, -y, y)
    if x.dtype == tl.float32:
        s = x * x
        y = tl.where(s < 0.04, x - x * s * (0.3333333333 - s * (0.1333333333 - s * 0.0539682540)), y)
    return y


@triton.jit
def sigmoid(x):
    """e^-|x| is at most one: no overflow, and no loss far below nought."""
    e = tl.exp(-tl.abs(x))
    return tl.where(x < 0.0, e, 1.0) / (1.0 + e)


@triton.jit
def log1p(x):
    """Kahan's: the rounding of 1 + x cancels between the logarithm and its divisor."""
    u = 1.0 + x
    d = tl.where(u == 1.0, 1.0, u - 1.0)
    return tl.where(u == 1.0, x, tl.log(u) * (x / d))


@triton.jit
def read(base, row, stride: tl.constexpr, width: tl.constexpr, tile: tl.constexpr):
    """``sequence unit`` of a block ``batch stride``; nought where there is no unit."""
    unit = tl.arange(0, tile)[None, :]
    return tl.load(base + row * stride + unit, mask=unit < width, other=0.0)


@triton.jit
def read_asked(base, row, asked, stride: tl.constexpr, width: tl.constexpr, tile: tl.constexpr):
    """The same, and nought for every sequence that is not ``asked``."""
    unit = tl.arange(0, tile)[None, :]
    return tl.load(base + row * stride + unit, mask=asked & (unit < width), other=0.0)


@triton.jit
def write(base, row, live, value, width: tl.constexpr, tile: tl.constexpr):
    """``sequence unit`` to a block ``batch width``."""
    unit = tl.arange(0, tile)[None, :]
    tl.store(base + row * width + unit, value, mask=live & (unit < width))


@triton.jit
def vector(base, stride: tl.constexpr, width: tl.constexpr, tile: tl.constexpr):
    """Numbers of the weights, ``1 unit``."""
    unit = tl.arange(0, tile)[None, :]
    return tl.load(base + unit * stride, mask=unit < width, other=0.0)


@triton.jit
def matrix(base, inner: tl.constexpr, outer: tl.constexpr, rows: tl.constexpr, columns: tl.constexpr,
           tall: tl.constexpr, wide: tl.constexpr):  # fmt: skip
    """Numbers of the weights, ``source unit``."""
    i, o = tl.arange(0, tall)[:, None], tl.arange(0, wide)[None, :]
    return tl.load(base + i * inner + o * outer, mask=(i < rows) & (o < columns), other=0.0)


@triton.jit
def clean(value, width: tl.constexpr, tile: tl.constexpr):
    """Nought beyond ``width``: what an operation made of the padding must not be summed."""
    return tl.where(tl.arange(0, tile)[None, :] < width, value, 0.0)


@triton.jit
def narrow_product(source, weight):
    """A product of few numbers, spread out and summed."""
    return tl.sum(source[:, :, None] * weight[None, :, :], 1)


@triton.jit
def chosen(value, table, rows: tl.constexpr, units: tl.constexpr, terms: tl.constexpr):
    """``out[o] = sum_k value[table[o, k]]``, a table entry below nought adding nothing."""
    index = tl.broadcast_to(tl.maximum(table, 0)[None, :], (rows, units * terms))
    parts = tl.where(table[None, :] >= 0, tl.gather(value, index, 1), 0.0)
    if terms > 1:
        parts = tl.sum(tl.reshape(parts, (rows, units, terms)), 2)
    return parts


@triton.jit
def leave_matrix(base, value, inner: tl.constexpr, outer: tl.constexpr, rows: tl.constexpr, columns: tl.constexpr,
                 tall: tl.constexpr, wide: tl.constexpr):  # fmt: skip
    """A weight's gradient ``source unit`` to where the weight lies."""
    i, o = tl.arange(0, tall)[:, None], tl.arange(0, wide)[None, :]
    tl.store(base + i * inner + o * outer, value, mask=(i < rows) & (o < columns))


@triton.jit
def leave_vector(base, value, stride: tl.constexpr, width: tl.constexpr, tile: tl.constexpr):
    """The same of ``sequence unit``, summed over sequences; with stride 0, one number that every unit shared."""
    total = tl.sum(clean(value, width, tile), 0)
    if stride == 0:
        tl.store(base, tl.sum(total, 0))
    else:
        unit = tl.arange(0, tile)
        tl.store(base + unit * stride, total, mask=unit < width)
