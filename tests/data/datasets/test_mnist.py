"""Sequential MNIST from the user's files: both ways in which it is given, and what is no MNIST."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from rnnkit.data.datasets.mnist import Mnist
from rnnkit.errors import RnnkitError

PIXELS = np.arange(7 * 4 * 3, dtype=np.uint8).reshape(7, 4, 3)
LABELS = np.array([3, 1, 4, 1, 5, 9, 2], np.uint8)


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def write_folder(folder: Path) -> None:
    """Some of them compressed, in both ways in which they are named."""
    folder.mkdir()
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(PIXELS[:5])))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(LABELS[:5]))
    (folder / "t10k-images.idx3-ubyte").write_bytes(idx(PIXELS[5:]))
    (folder / "t10k-labels.idx1-ubyte.gz").write_bytes(gzip.compress(idx(LABELS[5:])))


def write_archive(path: Path, **changed: np.ndarray) -> None:
    arrays = {
        "x_train": PIXELS[:5],
        "y_train": LABELS[:5],
        "x_test": PIXELS[5:],
        "y_test": LABELS[5:],
    }
    np.savez(path, **(arrays | changed))


@pytest.mark.parametrize("given", ["mnist", "mnist.npz"])
def test_load_reads_an_image_row_by_row_or_pixel_by_pixel(given: str, tmp_path: Path) -> None:
    write_folder(tmp_path / "mnist")
    write_archive(tmp_path / "mnist.npz")
    path = str(tmp_path / given)
    rows, pixels = (
        Mnist(path=path, by=by).load(each_step=False).parts for by in ("rows", "pixels")
    )
    assert {part: len(those) for part, those in rows.items()} == {"train": 5, "test": 2}
    assert [label for (label,) in rows["train"].labels] == ["3", "1", "4", "1", "5"]
    assert [label for (label,) in rows["test"].labels] == ["9", "2"]
    first = rows["test"].texts[0]
    assert (first.shape, first.dtype) == ((4, 3), np.float32)
    assert (first * 255).round().astype(int).tolist() == PIXELS[5].tolist()
    assert pixels["test"].texts[0].ravel().tolist() == first.ravel().tolist()
    assert pixels["test"].texts[0].shape == (12, 1)


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        ("train-images-idx3-ubyte.gz", b"\x1f\x8b damaged", "damaged gzip"),
        ("train-images-idx3-ubyte.gz", idx(PIXELS[:5])[:-1], "not a complete idx file"),
        ("train-images-idx3-ubyte.gz", b"", "not a complete idx file"),
        ("train-labels-idx1-ubyte", idx(LABELS[:4]), r"labels uint8\[4\]"),
        ("train-labels-idx1-ubyte", idx(PIXELS), "with 1 axis"),
        ("t10k-images.idx3-ubyte", idx(PIXELS[5:, :2]), "sizes of images"),
    ],
)
def test_load_refuses_a_folder_of_something_else(
    name: str, content: bytes, wrong: str, tmp_path: Path
) -> None:
    write_folder(tmp_path / "m")
    (tmp_path / "m" / name).write_bytes(content)
    with pytest.raises(RnnkitError, match=rf"data\.dataset\.mnist\.path.*{wrong}"):
        Mnist(path=str(tmp_path / "m")).load(each_step=False)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"y_test": LABELS[5:].astype(float)}, "float64"),
        ({"x_test": PIXELS[5:].astype(np.float32)}, "float32"),
        ({"x_train": PIXELS[:0], "y_train": LABELS[:0]}, r"train.*\[0, 4, 3\]"),
        ({"x_train": PIXELS.astype(object)[:5]}, "objects"),
    ],
)
def test_load_refuses_an_archive_of_something_else(
    changed: dict[str, np.ndarray], wrong: str, tmp_path: Path
) -> None:
    write_archive(tmp_path / "m.npz", **changed)
    with pytest.raises(RnnkitError, match=wrong):
        Mnist(path=str(tmp_path / "m.npz")).load(each_step=False)


def test_load_says_what_files_it_wants(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    np.savez(tmp_path / "other.npz", x=PIXELS)
    for path, got in (
        ("none.npz", "no such file"),
        ("empty", "no train-images"),
        ("other.npz", "x"),
    ):
        with pytest.raises(RnnkitError, match=got) as caught:
            Mnist(path=str(tmp_path / path)).load(each_step=False)
        assert "x_train" in caught.value.expected
        assert "t10k-labels-idx1-ubyte" in caught.value.expected


def test_load_of_a_label_for_each_step_is_refused() -> None:
    with pytest.raises(RnnkitError, match=r"one label.*task: classification"):
        Mnist(path="").sample(each_step=True)


def test_known_scores_are_of_pixels_alone() -> None:
    assert Mnist(path="").known_scores() == []
    reported = {known.who: known.scores for known in Mnist(path="", by="pixels").known_scores()}
    assert reported["GRU (published)"] == {"accuracy": 0.962}
