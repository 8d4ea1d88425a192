"""MNIST's files: the IDX format, read here, and where the user keeps them."""

import gzip
import math
import os
import struct
import zlib
from functools import cache
from pathlib import Path

import numpy as np

from rnnbench.errors import MissingData, RnnbenchError
from rnnbench.task import Array, Purpose

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def mnist(task: str) -> dict[Purpose, tuple[Array, Array]]:
    """Images uint8 ``image 28 28`` and classes for each purpose; the last twentieth of training is for validation.

    Raises RnnbenchError when files are missing (for ``task``, named in the message) or are not what they should be.
    """
    root = os.environ.get("RNNBENCH_DATA", "")
    folder = Path(root) / "mnist"
    missing = [name for name in FILES if not root or _find(folder, name) is None]
    if missing:
        where = f"{folder} has no" if root else "the environment variable RNNBENCH_DATA is not set, so none was sought:"
        raise MissingData(
            f"task {task!r} needs MNIST's files, plain or .gz: {where} {', '.join(missing)}; put them into a folder "
            "'mnist' and let RNNBENCH_DATA name the folder that holds it."
        )
    return _load(folder)


def _find(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


@cache
def _load(folder: Path) -> dict[Purpose, tuple[Array, Array]]:
    parts = [read_idx(path) for path in (_find(folder, name) for name in FILES) if path]
    images, labels, test_images, test_labels = parts
    for pixels, classes in ((images, labels), (test_images, test_labels)):
        if len(classes) < 2 or pixels.shape != (len(classes), 28, 28) or classes.ndim != 1 or classes.max() > 9:
            raise RnnbenchError(
                f"{folder} holds no MNIST: expected two or more images of 28 x 28 and as many labels 0..9, "
                f"got images {pixels.shape} and labels {classes.shape}."
            )
    training = len(images) - -(-len(images) // 20)
    return {
        "train": (images[:training], labels[:training]),
        "validation": (images[training:], labels[training:]),
        "test": (test_images, test_labels),
    }


def read_idx(path: Path) -> Array:
    """The unsigned bytes of an IDX file, in the shape that its head tells. Raises RnnbenchError naming the file."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise RnnbenchError(f"{path} cannot be read: {error}; fetch it again.") from None
    axes = data[3] if data[:3] == b"\x00\x00\x08" and len(data) > 3 else 0
    start = 4 + 4 * axes
    shape = struct.unpack(f">{axes}I", data[4:start]) if axes and len(data) >= start else ()
    if not shape or len(data) - start != math.prod(shape):
        got = f"shape {shape}, {len(data)} bytes"
        raise RnnbenchError(f"{path} is no whole IDX file of unsigned bytes ({got}); fetch it again.")
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape)
