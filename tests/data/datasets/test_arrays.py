"""The user's own arrays: labels for sequences and for steps, and every file that is not what it
should be.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.data.datasets.arrays import Arrays
from rnnkit.errors import RnnkitError
from tests.data.tables import made

X = np.arange(24, dtype=np.float64).reshape(2, 4, 3)
STEPS = np.array([[0, 1, 1, 0], [1, 1, 0, 0]])


def saved(path: str = "a.npz", **arrays: Any) -> str:
    np.savez(path, **arrays)
    return path


def loaded(each_step: bool, **arrays: Any) -> Any:
    return Arrays(path=saved(**arrays)).load(each_step=each_step).parts["train"]


def test_arrays_load_labels_sequences_or_steps() -> None:
    of_sequences = loaded(False, x=X, y=np.array([3, 1]))
    assert of_sequences.labels == [("3",), ("1",)]
    assert [text.shape for text in of_sequences.texts] == [(4, 3), (4, 3)]
    assert of_sequences.texts[0].dtype == np.float32
    assert of_sequences.place(1) == "a.npz: x[1]"
    assert loaded(True, x=X, y=STEPS).labels == [("0", "1", "1", "0"), ("1", "1", "0", "0")]


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        (np.array([1.0, 0.0]), ["1", "0"]),
        (np.array([True, False]), ["True", "False"]),
        (np.array([1, 0], np.uint8), ["1", "0"]),
    ],
)
def test_arrays_load_accepts_whole_numbers_of_any_type(y: np.ndarray, labels: list[str]) -> None:
    assert loaded(False, x=X, y=y).labels == [(label,) for label in labels]
    assert loaded(False, x=X, y=y, names=["walk", "run"]).labels == [("run",), ("walk",)]


def test_arrays_load_accepts_labels_that_are_text() -> None:
    assert loaded(False, x=X.astype(np.int16), y=np.array(["walk", "run"])).labels == [
        ("walk",),
        ("run",),
    ]


def test_arrays_load_and_sample_give_parts_of_equal_width() -> None:
    saved("b.npz", x=X[:1], y=[0])
    parts = Arrays(path=saved(x=X, y=[0, 1]), test_path="b.npz").load(each_step=False).parts
    assert {part: len(examples) for part, examples in parts.items()} == {"train": 2, "test": 1}
    for each_step in (False, True):
        (sample,) = Arrays(path="none").sample(each_step=each_step).parts.values()
        assert {len(labels) for labels in sample.labels} == {
            sample.texts[0].shape[0] if each_step else 1
        }
    saved("c.npz", x=X[:, :, :2], y=[0, 1])
    with pytest.raises(RnnkitError, match=r"features per step: \{'train': 3, 'validation': 2\}"):
        Arrays(path="a.npz", validation_path="c.npz").load(each_step=False)


@pytest.mark.parametrize(
    ("each_step", "arrays", "message"),
    [
        (False, {"x": X}, r"a.npz has no array 'y'\. It has: x"),
        (False, {"data": X, "y": [0, 1]}, r"a.npz has no array 'x'\. It has: data, y"),
        (False, {}, r"no array 'x'\. It has: nothing"),
        (
            False,
            {"x": X[..., 0], "y": [0, 1]},
            (
                r"x has the shape \(2, 4\)\. Expected \(samples, timesteps, features\).*x\[\.\.\.,"
                r" None\]"
            ),
        ),
        (False, {"x": X[:0], "y": []}, r"x has the shape \(0, 4, 3\)"),
        (
            False,
            {"x": X, "y": [0, 1, 1]},
            r"y has the shape \(3,\), x \(2, 4, 3\)\. Expected \(samples\) = \(2,\)",
        ),
        (
            False,
            {"x": X, "y": STEPS},
            r"y has the shape \(2, 4\).*One label per step: `task: tagging`",
        ),
        (
            True,
            {"x": X, "y": [0, 1]},
            r"Expected \(samples, timesteps\) = \(2, 4\).*`task: classification`",
        ),
        (False, {"x": X.astype(str), "y": [0, 1]}, r"x holds <U32\. Expected numbers"),
        (False, {"x": X * 1j, "y": [0, 1]}, r"x holds complex128"),
        (False, {"x": X, "y": [0.5, 1]}, r"y holds float64 that are not whole numbers"),
        (False, {"x": X, "y": [np.nan, 1]}, r"y holds float64 that are not whole numbers"),
        (
            False,
            {"x": X, "y": [0, 1], "names": ["a"]},
            r"y goes from 0 to 1, but 1 name is there",
        ),
        (False, {"x": X, "y": [0, -1], "names": ["a", "b"]}, r"y goes from -1 to 0"),
        (False, {"x": X, "y": [0, 1], "names": ["a", "a"]}, r"Expected different texts"),
        (
            False,
            {"x": X, "y": [0, 1], "names": [1, 2]},
            r"names has the shape \(2,\) and holds int64",
        ),
        (
            False,
            {"x": X, "y": np.array([0, None])},
            r"the array 'y' of a.npz holds Python objects, which only pickle reads",
        ),
        (
            False,
            {"x": np.array([[[object()]]]), "y": [0]},
            r"the array 'x' of a.npz holds Python objects",
        ),
    ],
)
def test_arrays_load_refuses_wrong_arrays(
    each_step: bool, arrays: dict[str, Any], message: str
) -> None:
    with pytest.raises(RnnkitError, match=message) as caught:
        loaded(each_step, **arrays)
    assert caught.value.where.startswith("data.dataset.arrays.path")


RAGGED = [X[0], X[1, :2]]
FLAT = {"x": np.concatenate(RAGGED), "y": [0, 1]}
HOLED = np.where(np.arange(4)[None, :, None] < np.array([4, 2])[:, None, None], X, np.nan)


@pytest.mark.parametrize(
    "arrays",
    [
        {**FLAT, "lengths": [4, 2]},
        {**FLAT, "offsets": [0, 4, 6]},
        {**FLAT, "offsets": [0, 4]},
        {"x": HOLED, "y": [0, 1], "lengths": [4, 2]},  # padding may be anything
    ],
)
def test_arrays_load_sequences_of_unequal_length(arrays: dict[str, Any]) -> None:
    examples = loaded(False, **arrays)
    assert examples.labels == [("0",), ("1",)]
    for found, sequence in zip(examples.texts, RAGGED, strict=True):
        np.testing.assert_array_equal(found, sequence)
    rows = [row.values["x"] for row in made("npz").read(Path("a.npz"))]
    assert [len(row) for row in rows] == [4, 2]


@pytest.mark.parametrize("y", [[0, 1, 1, 0, 1, 1], [[0, 1, 1, 0], [1, 1, -1, -1]]])
def test_arrays_load_labels_of_unequal_steps(y: Any) -> None:
    arrays = {**FLAT, "y": y, "lengths": [4, 2], "names": ["off", "on"]}
    assert loaded(True, **arrays).labels == [("off", "on", "on", "off"), ("on", "on")]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"lengths": [4, 3]}, "7 steps"),
        ({"lengths": [6, 0]}, r"x\[1\] has 0 steps"),
        ({"lengths": [4.0, 2.0]}, "float64"),
        ({"lengths": [[4, 2]]}, r"\(1, 2\)"),
        ({"lengths": [4, 2], "offsets": [0, 4]}, "one of the two"),
        ({"offsets": [1, 4]}, "from 0"),
        ({"offsets": [0, 4, 3]}, r"x\[1\] has -1 steps"),
        ({"x": X, "lengths": [4, 5]}, "up to 5"),
        ({"x": X, "lengths": [4, 2, 1]}, "3 lengths"),
        ({"lengths": [4, 2], "y": [0, 1, 1, 0, 1, 1]}, "task: tagging"),
        ({"x": np.concatenate(RAGGED)[:, 0], "lengths": [4, 2]}, r"x\[\.\.\., None\]"),
        ({"x": np.array([*RAGGED, None], object)[:2]}, "lengths="),
        ({"x": np.concatenate(RAGGED)}, "lengths="),
    ],
)
def test_arrays_load_refuses_lengths_that_do_not_fit(arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        loaded(False, **FLAT | arrays)


def test_arrays_load_names_the_step_of_a_value_that_is_not_finite() -> None:
    x = np.concatenate(RAGGED)
    x[5, 1] = np.inf
    with pytest.raises(RnnkitError, match=r"x\[1, 1, 1\]: inf"):
        loaded(False, x=x, y=[0, 1], lengths=[4, 2])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_arrays_load_refuses_numbers_that_are_not_finite(value: float) -> None:
    x = X.copy()
    x[1, 2, 0] = value
    with pytest.raises(RnnkitError, match=r"1 value is not finite, the first at x\[1, 2, 0\]: "):
        loaded(False, x=x, y=[0, 1])


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"a.npz is not an .npz file, or an incomplete one"),
        (b"no archive at all", r"a.npz is not an .npz file"),
        (npy(X), r"a.npz holds a single array\. Expected an .npz file"),
        (b"PK\x03\x04 torn", r"a.npz is not an .npz file, or an incomplete one"),
    ],
)
def test_arrays_load_refuses_files_that_are_not_npz(content: bytes, message: str) -> None:
    Path("a.npz").write_bytes(content)
    with pytest.raises(RnnkitError, match=message):
        Arrays(path="a.npz").load(each_step=False)


def test_arrays_load_refuses_a_truncated_or_damaged_file(tmp_path: Path) -> None:
    whole = Path(
        saved(x=np.random.default_rng(0).normal(size=(50, 10, 3)), y=np.arange(50))
    ).read_bytes()
    for length in (30, len(whole) // 2, len(whole) - 1):
        Path("a.npz").write_bytes(whole[:length])
        with pytest.raises(RnnkitError, match=r"a\.npz"):
            Arrays(path="a.npz").load(each_step=False)
    damaged = bytearray(whole)
    damaged[500] ^= 0xFF
    Path("a.npz").write_bytes(bytes(damaged))
    with pytest.raises(RnnkitError, match=r"a\.npz"):
        Arrays(path="a.npz").load(each_step=False)
