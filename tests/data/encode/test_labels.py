"""The labels of a classification, held against scikit-learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnkit.data.encode.labels import Labels
from rnnkit.errors import RnnkitError

TWO = Labels(("bad", "good"), (3, 1), 4)
THREE = Labels(("a", "b", "c"), (1, 2, 3), 6)
SEVERAL = Labels(("glad", "kind", "sad"), (2, 1, 0), 4, several=True, thresholds=(0.5, 0.25, 0.75))
ONE_OF_SEVERAL = Labels(("spam",), (3,), 8, several=True, thresholds=(0.5,))


@pytest.mark.parametrize(
    ("labels", "outputs"),
    [
        (TWO, 1),
        (THREE, 3),
        (SEVERAL, 3),
        (ONE_OF_SEVERAL, 1),
        (Labels(("a", "b"), (1, 1), 2, True, (0.5, 0.5)), 2),
    ],
)
def test_outputs_by_number_of_labels(labels: Labels, outputs: int) -> None:
    assert labels.outputs == outputs
    assert len(labels) == len(labels.names)


def test_encode_gives_one_label_as_its_index() -> None:
    encoded = THREE.encode([("c",), ("a",), ("b",), ("a",)])
    assert (encoded.tolist(), encoded.dtype) == ([2, 0, 1, 0], np.int32)
    assert THREE.encode([]).shape == (0,)


def test_encode_gives_several_labels_as_zeros_and_ones() -> None:
    encoded = SEVERAL.encode([("sad", "glad"), (), ("kind",)])
    assert (encoded.tolist(), encoded.dtype) == ([[1, 0, 1], [0, 0, 0], [0, 1, 0]], np.float32)
    assert SEVERAL.encode([]).shape == (0, 3)


@pytest.mark.parametrize("labels", [THREE, SEVERAL])
def test_encode_refuses_an_unknown_label(labels: Labels) -> None:
    with pytest.raises(KeyError):
        labels.encode([("other",)])


@settings(deadline=None)
@given(st.lists(st.integers(1, 50), min_size=2, max_size=6))
def test_weights_equal_those_of_scikit_learn(counts: list[int]) -> None:
    from sklearn.utils.class_weight import compute_class_weight

    names = tuple("abcdef"[: len(counts)])
    found = np.repeat(np.array(names), counts)
    expected = compute_class_weight("balanced", classes=np.array(names), y=found)
    weights = Labels(names, tuple(counts), sum(counts)).weights()
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    assert weights.dtype == np.float32
    # Every label has the same weight in all, and the mean over the texts is 1.
    np.testing.assert_allclose(weights * counts, sum(counts) / len(counts), rtol=1e-5)


@settings(deadline=None)
@given(st.lists(st.integers(1, 19), min_size=1, max_size=4))
def test_weights_of_several_labels_equal_those_of_scikit_learn(counts: list[int]) -> None:
    from sklearn.utils.class_weight import compute_class_weight

    labels = Labels(tuple("abcd"[: len(counts)]), tuple(counts), 20, several=True)
    expected = [
        compute_class_weight("balanced", classes=np.array([0, 1]), y=np.arange(20) < count)
        for count in counts
    ]
    np.testing.assert_allclose(labels.weights(), np.transpose(expected), rtol=1e-6)


@pytest.mark.parametrize(
    "labels", [Labels(("a", "b"), (0, 4), 4), Labels(("a", "b"), (0, 4), 4, True, (0.5, 0.5))]
)
def test_weights_of_a_label_without_texts_are_finite(labels: Labels) -> None:
    assert np.isfinite(labels.weights()).all()
    assert (labels.weights() > 0).all()


@pytest.mark.parametrize(
    "labels", [TWO, THREE, SEVERAL, ONE_OF_SEVERAL, Labels(("é", "7"), (1, 1), 2)]
)
def test_load_gives_back_what_was_saved(tmp_path: Path, labels: Labels) -> None:
    labels.save(tmp_path / "labels.json")
    assert Labels.load(tmp_path / "labels.json") == labels


def test_save_writes_readable_json(tmp_path: Path) -> None:
    SEVERAL.save(tmp_path / "labels.json")
    assert json.loads((tmp_path / "labels.json").read_text(encoding="utf-8")) == {
        "names": ["glad", "kind", "sad"],
        "counts": [2, 1, 0],
        "texts": 4,
        "several": True,
        "thresholds": [0.5, 0.25, 0.75],
    }
    TWO.save(tmp_path / "labels.json")
    assert "thresholds" not in json.loads((tmp_path / "labels.json").read_text(encoding="utf-8"))


def test_load_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match=r"labels\.json: no such file"):
        Labels.load(tmp_path / "labels.json")


@pytest.mark.parametrize(
    "change",
    [
        {"names": ["a"], "counts": [1], "thresholds": [0.5], "several": False},
        {"names": []},
        {"names": None},
        {"names": 7},
        {"names": "abc"},
        {"names": ["a", "a", "b"]},
        {"counts": [1, 2]},
        {"counts": ["one", 2, 3]},
        {"counts": [float("inf"), 2, 3]},
        {"texts": None},
        {"texts": [6]},
        {"thresholds": [0.5]},
        {"thresholds": None},
        {"thresholds": ["high", 0, 0]},
    ],
)
def test_load_names_a_damaged_file(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "labels.json"
    SEVERAL.save(path)
    path.write_text(
        json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8"
    )
    with pytest.raises(RnnkitError, match=r"labels\.json: damaged: .*Copy the run again"):
        Labels.load(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    place=st.floats(0, 1, exclude_max=True),
    new=st.sampled_from(['"', "{", ",", "0", "null", "-1", "[]", "Infinity", ""]),
    length=st.integers(0, 30),
)
def test_load_reads_or_refuses_a_file_with_damage_anywhere(
    tmp_path: Path, place: float, new: str, length: int
) -> None:
    path = tmp_path / "labels.json"
    SEVERAL.save(path)
    whole = path.read_text(encoding="utf-8")
    start = int(place * len(whole))
    path.write_text(whole[:start] + new + whole[start + length :], encoding="utf-8")
    try:
        labels = Labels.load(path)
    except RnnkitError as error:
        assert str(path) in str(error)
    else:
        assert len(labels.counts) == len(labels) >= 1


def test_position_of_a_label_that_is_written_in_another_way() -> None:
    labels = Labels(("1.0", "2.0", "True"), (0, 0, 0), 0)  # of a run before there was one rule
    assert labels.encode([("2",), ("1.0",), ("true",)]).tolist() == [1, 0, 2]
    assert "TRUE" in labels
    assert "3" not in labels
    assert labels.with_counts({"1": 4, "true": 2, "3": 1}).counts == (4, 0, 2)
    mixed = Labels(("True", "true"), (0, 0), 0)
    assert mixed.encode([("true",), ("True",)]).tolist() == [1, 0]


def test_untuned_has_thresholds_where_there_may_be_several_labels() -> None:
    assert SEVERAL.untuned().thresholds == (0.5,) * 3
    one = Labels(("glad", "sad"), (2, 1), 3)
    assert one.untuned() == one
