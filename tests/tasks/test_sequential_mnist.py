"""Sequential MNIST: the reader and the splits, on small files made here."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from rnnbench.errors import RnnbenchError
from rnnbench.task import Array, Batch, Purpose
from rnnbench.train.sampling import sample
from tests.tasks.recall_checks import make

TRAIN, TEST = 41, 7
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def idx(array: Array) -> bytes:
    """The format as its page tells it: two zeros, type 8, axes, big-endian sizes, bytes row by row."""
    head = bytes([0, 0, 8, array.ndim]) + b"".join(struct.pack(">I", size) for size in array.shape)
    return head + array.astype(np.uint8).tobytes()


def arrays() -> list[Array]:
    rng = np.random.default_rng(5)
    shapes: list[tuple[int, ...]] = [(TRAIN, 28, 28), (TRAIN,), (TEST, 28, 28), (TEST,)]
    return [rng.integers(0, 256 if len(shape) > 1 else 10, size=shape) for shape in shapes]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of small files, every second one compressed."""
    place = tmp_path / "mnist"
    place.mkdir()
    for number, (name, array) in enumerate(zip(FILES, arrays(), strict=True)):
        if number % 2:
            (place / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
        else:
            (place / name).write_bytes(idx(array))
    monkeypatch.setenv("RNNBENCH_DATA", str(tmp_path))
    return place


def whole(text: str, length: int, count: int, purpose: Purpose) -> Batch:
    task = make(text)
    task.check_length(length)
    return sample(task, np.random.default_rng(0), count, length, purpose)


def assert_same(batch: Batch, images: Array, classes: Array) -> None:
    """The images and classes of ``batch``, in whatever order."""
    expected = {bytes([*map(int, image.ravel()), int(label)]) for image, label in zip(images, classes, strict=True)}
    pixels = np.rint(batch.inputs.reshape(len(batch), -1) * 255).astype(np.uint8)
    assert {bytes([*image, int(label)]) for image, label in zip(pixels, batch.targets[:, -1], strict=True)} == expected
    assert len(expected) == len(batch)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("text", "length"), [("sequential_mnist", 784), ("sequential_mnist:rows", 28)])
def test_pixels_classes_and_splits(text: str, length: int) -> None:
    images, classes, test_images, test_classes = arrays()
    train = whole(text, length, 38, "train")  # a twentieth of 41 is 2.05, so 3 are for validation
    assert train.inputs.shape == (38, length, 784 // length)
    assert (train.scored == (np.arange(length) == length - 1)).all()
    assert_same(train, images[:38], classes[:38])
    assert_same(whole(text, length, 3, "validation"), images[38:], classes[38:])
    assert_same(whole(text, length, TEST, "test"), test_images, test_classes)


@pytest.mark.usefixtures("folder")
def test_the_permutation_is_that_of_exprnn() -> None:
    order = np.random.RandomState(92916).permutation(784)
    assert_same(
        whole("sequential_mnist:permuted", 784, TEST, "test"), arrays()[2].reshape(TEST, 784)[:, order], arrays()[3]
    )


@pytest.mark.usefixtures("folder")
def test_class_balance_is_counted() -> None:
    counts = np.bincount(arrays()[1][:38], minlength=10)
    assert make("sequential_mnist").class_balance == pytest.approx((counts / 38).tolist())


def test_where_files_lie_is_no_parameter() -> None:
    from rnnbench.parameters import resolve
    from rnnbench.registry import TASKS

    assert resolve(TASKS, "sequential_mnist").text == "sequential_mnist[order=rows,pixels=1]"


def test_without_the_variable_all_files_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RNNBENCH_DATA", raising=False)
    with pytest.raises(RnnbenchError) as refusal:
        make("sequential_mnist").check_length(784)
    assert str(refusal.value) == (
        "task 'sequential_mnist' needs MNIST's files, plain or .gz: the environment variable RNNBENCH_DATA is not set, "
        f"so none was sought: {', '.join(FILES)}; put them into a folder 'mnist' and let RNNBENCH_DATA name the folder "
        "that holds it."
    )


def test_missing_files_are_named_with_their_folder(folder: Path) -> None:
    (folder / FILES[0]).unlink()
    (folder / f"{FILES[3]}.gz").unlink()
    with pytest.raises(RnnbenchError) as refusal:
        make("sequential_mnist").check_length(784)
    assert f": {folder} has no {FILES[0]}, {FILES[3]}; put them" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (FILES[0], idx(np.zeros((TRAIN, 28, 28)))[:-1], "of unsigned bytes (shape (41, 28, 28), 32159"),
        (FILES[0], idx(np.zeros((TRAIN, 28, 28))) + b"0", "is no whole IDX file of unsigned bytes"),
        (FILES[0], b"", "is no whole IDX file of unsigned bytes (shape (), 0 bytes)"),
        (FILES[0], b"<html>not found</html>", "is no whole IDX file of unsigned bytes"),
        (FILES[0], bytes([0, 0, 13, 1, 0, 0, 0, 0]), "is no whole IDX file of unsigned bytes"),
        (FILES[0], bytes([0, 0, 8, 3, 0, 0]), "is no whole IDX file of unsigned bytes"),
        (FILES[0], gzip.compress(idx(np.zeros((TRAIN, 28, 28))), mtime=0)[:-9], "cannot be read: "),
        (FILES[0], b"\x1f\x8b nonsense that is no gzip", "cannot be read: "),
        (FILES[0], gzip.compress(b"", mtime=0)[:10] + b"\xff" * 20, "cannot be read: "),
        (FILES[0], idx(np.zeros((TRAIN, 28, 27))), "holds no MNIST: "),
        (FILES[0], idx(np.zeros((TRAIN - 1, 28, 28))), "got images (40, 28, 28) and labels (41,)."),
        (f"{FILES[3]}.gz", gzip.compress(idx(np.full(TEST, 10)), mtime=0), "holds no MNIST: "),
    ],
)  # fmt: skip
def test_broken_files_are_one_line(folder: Path, name: str, content: bytes, message: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(RnnbenchError) as refusal:
        make("sequential_mnist").check_length(784)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_other_lengths_are_refused_before_files_are_sought() -> None:
    with pytest.raises(RnnbenchError) as refusal:
        make("sequential_mnist:rows").check_length(784)
    assert str(refusal.value) == "task 'sequential_mnist' needs length * pixels = 784, got length=784, pixels=28."


def test_chance_is_the_share_of_ones() -> None:
    """6742 of MNIST's 60,000 training images show a one."""
    assert make("sequential_mnist").chance == pytest.approx(0.112367, abs=1e-6)
