"""Data sets in memory: the same raw data as of files."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnkit.config.spec import validated
from rnnkit.data.datasets.arrays import Arrays
from rnnkit.data.datasets.memory.arrays import MemoryArrays
from rnnkit.data.datasets.memory.base import MemoryDataset
from rnnkit.data.datasets.memory.pairs import MemoryPairs
from rnnkit.data.datasets.memory.sentences import MemorySentences
from rnnkit.data.datasets.memory.series import MemorySeries
from rnnkit.data.datasets.memory.text import MemoryText
from rnnkit.data.datasets.memory.texts import MemoryTexts
from rnnkit.errors import RnnkitError

REVIEWS = pd.DataFrame({"review": ["good", " ", "bad"], "stars": [5, 3, 1], "other": [{}, 1, "a"]})
SENTENCES = [(["Tom", "sleeps"], ["PER", "O"]), (["who", "saw", "Anna"], ["O", "O", "PER"])]
X = np.arange(24, dtype=np.float32).reshape(3, 4, 2)
DAYS = pd.date_range("2024-03-29", periods=5, name="day", tz="Europe/Berlin")
SALES = pd.Series([1.0, 2, 3, 4, 5], DAYS, name="sales")


def test_texts_of_a_frame() -> None:
    dataset = MemoryTexts.of({"train": REVIEWS}, {"text": "review", "label": "stars"})
    labelled = dataset.load()
    train = labelled.parts["train"]
    assert (train.texts, train.labels) == (["good", "bad"], [("5",), ("1",)])
    assert train.place(1) == "data: row 2"
    assert labelled.notes == ["the table: 1 row with an empty text left out: row 1"]


@pytest.mark.parametrize("data", [(["a", "b"], ["x", "y"]), [("a", "x"), ("b", "y")]])
def test_texts_of_lists(data: object) -> None:
    parts = MemoryTexts.of({"train": data, "test": data}, {}).load().parts
    assert {name: part.labels for name, part in parts.items()} == {
        name: [("x",), ("y",)] for name in ("train", "test")
    }


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        ({"text": "revew", "label": "stars"}, "^data: no column 'revew'.*Did you mean 'review'"),
        ({"text": "review"}, "^data: no column 'label'.*`label='stars'`"),
        ({"text": "review", "label": "review"}, "^label: 'review'"),
        ({"text": "stars", "label": "other"}, "^data: row 0: stars is 5"),
    ],
)
def test_texts_name_the_argument(keys: dict[str, Any], match: str) -> None:
    with pytest.raises(RnnkitError, match=match):
        MemoryTexts.of({"train": REVIEWS}, keys).load()


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (SENTENCES, {}),
        (tuple(map(list, zip(*SENTENCES, strict=True))), {}),
        (pd.DataFrame(SENTENCES, columns=["w", "t"]), {"tokens": "w", "tags": "t"}),
    ],
)
def test_sentences(data: object, keys: dict[str, Any]) -> None:
    train = MemorySentences.of({"train": data}, keys).load().parts["train"]
    assert train.texts[0] == ("Tom", "sleeps")
    assert train.labels[1] == ("O", "O", "PER")


def test_pairs() -> None:
    pairs = MemoryPairs.of({"train": [("Go.", "Va !"), ("", "Oui")]}, {}).load()
    assert (pairs.parts["train"].sources, pairs.parts["train"].targets) == (["Go."], ["Va !"])
    assert len(pairs.notes) == 1


def test_text() -> None:
    assert MemoryText.of({"train": "as\n it is "}, {}).load().train == "as\n it is "
    lines = MemoryText.of({"train": ["one", "two "], "validation": "three"}, {}).load()
    assert (lines.train, lines.validation) == ("one\ntwo\n", "three")
    frame = pd.DataFrame({"line": ["one", "two"]})
    assert MemoryText.of({"train": frame}, {"text": "line"}).load().train == "one\ntwo\n"


def test_series_of_an_index() -> None:
    series = MemorySeries.of({"train": SALES}, {}).load()
    assert (series.targets, str(series.step), len(series)) == (("sales",), "1D", 5)
    assert series.times is not None
    assert list(series.times) == list(DAYS)
    months = pd.Series([1, 2, 3], pd.period_range("2024-01", periods=3, freq="M"))
    assert str(MemorySeries.of({"train": months}, {}).load().step) == "1M"


@pytest.mark.parametrize("data", [[1, 2, 3.5], np.array([1, 2, 3.5])])
def test_series_of_numbers(data: object) -> None:
    series = MemorySeries.of({"train": data}, {}).load()
    assert series.columns["value"].tolist() == [1, 2, 3.5]
    assert series.times is None


def test_series_of_columns() -> None:
    frame = pd.DataFrame({"sales": SALES, "price": SALES * 2})
    with pytest.raises(RnnkitError, match=r"^target: missing.*sales, price"):
        MemorySeries.of({"train": frame}, {})
    series = MemorySeries.of({"train": frame}, {"target": "sales", "features": ["price"]}).load()
    assert list(series.columns) == ["sales", "price"]
    with pytest.raises(RnnkitError, match=r"^validation: .*fraction"):
        MemorySeries.of({"train": SALES, "validation": SALES}, {})


@pytest.mark.parametrize(
    "data",
    [
        (X, ["a", "b", "a"]),
        {"x": list(X), "y": np.array(["a", "b", "a"])},
        [(X[0], "a"), (X[1], "b"), (X[2], "a")],
    ],
)
def test_arrays_of_sequences(data: object) -> None:
    train = MemoryArrays.of({"train": data}, {}).load(each_step=False).parts["train"]
    assert train.labels == [("a",), ("b",), ("a",)]
    assert np.array_equal(np.stack(train.texts), X)
    assert train.place(1) == "data: x[1]"


def test_arrays_of_steps_of_unequal_length() -> None:
    data = ([X[0, :2, 0], X[1, :, 0]], [[0, 1], [1, 1, 0, 0]])
    train = MemoryArrays.of({"train": data}, {}).load(each_step=True).parts["train"]
    assert [text.shape for text in train.texts] == [(2, 1), (4, 1)]
    assert train.labels == [("0", "1"), ("1", "1", "0", "0")]
    with pytest.raises(RnnkitError, match=r"^data: .*y has the shape"):
        MemoryArrays.of({"train": data}, {}).load(each_step=False)
    with pytest.raises(RnnkitError, match=r"^data: .*\(3, 4, 2\).*\(x, y\)"):
        MemoryArrays.of({"train": X}, {})


DATASETS: list[tuple[type[MemoryDataset], object, dict[str, Any]]] = [
    (MemoryTexts, REVIEWS, {"text": "review", "label": "stars"}),
    (MemorySentences, SENTENCES, {}),
    (MemoryText, ["one", "two"], {}),
    (MemorySeries, SALES, {}),
    (MemoryArrays, (X, ["a", "b", "a"]), {}),
]


@pytest.mark.parametrize(
    ("kind", "data", "keys"),
    [
        case
        if case[0] in (MemoryTexts, MemorySeries)
        else pytest.param(*case, marks=pytest.mark.soak)
        for case in DATASETS
    ],
)
def test_data_are_kept_in_a_run_folder(
    kind: type[MemoryDataset], data: object, keys: dict[str, Any], tmp_path: Path
) -> None:
    """Another process, which has the config alone, reads the same."""

    def said(dataset: MemoryDataset) -> str:
        options = {"each_step": False} if isinstance(dataset, MemoryArrays) else {}
        return repr(dataset.load(**options))  # type: ignore[attr-defined]

    given = kind.of({"train": data}, keys, keep_data=True)
    given.keep_in(tmp_path)
    written, expected = given.model_dump(), said(given)
    assert next(tmp_path.iterdir()).name in ("data.parquet", "data.npz")
    del given
    gc.collect()
    opened = validated(kind, written)
    with pytest.raises(RnnkitError, match=r"^data: .*does not keep.*keep_data=True"):
        opened.held  # noqa: B018
    opened.found_in(tmp_path)
    assert said(opened).split(" at 0x")[0] == expected.split(" at 0x")[0]
    assert opened.again({"train": data}).fingerprint == opened.fingerprint


def test_other_data_are_refused() -> None:
    dataset = MemoryText.of({"train": "one"}, {})
    with pytest.raises(RnnkitError, match=r"^data: not the data"):
        dataset.again({"train": "two"})


def test_a_fingerprint_is_that_of_the_columns_that_are_read() -> None:
    keys = {"text": "review", "label": "stars"}
    first = MemoryTexts.of({"train": REVIEWS}, keys).fingerprint
    lists = {"review": ["good", " ", "bad"], "stars": [5, 3, 1]}
    assert MemoryTexts.of({"train": lists}, keys).fingerprint == first
    assert MemoryTexts.of({"train": lists | {"stars": [5, 3, 2]}}, keys).fingerprint != first


def test_data_are_those_of_the_training_whatever_becomes_of_the_users() -> None:
    frame, x, y = pd.DataFrame({"v": np.arange(5.0)}), X.copy(), [0, 1, 0]
    series = MemorySeries.of({"train": frame}, {})
    arrays = MemoryArrays.of({"train": (x, y)}, {})
    frame.loc[:, "v"] = 7.0
    x[:], y[:] = 7, [1, 1, 1]
    assert series.load().columns["v"].tolist() == [0, 1, 2, 3, 4]
    train = arrays.load(each_step=False).parts["train"]
    assert np.array_equal(train.texts[0], X[0])
    assert train.labels[0] == ("0",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"train": (["a\0b", "c"], [0, 1])}, {"train": (["a", "b\0c"], [0, 1])}),
        (
            {"train": (["a"], [0])},
            {"train": (["a"], [0]), "test": pd.DataFrame({"x": [1]})},
        ),
    ],
)
def test_fingerprint_of_other_data(one: dict[str, object], other: dict[str, object]) -> None:
    assert MemoryTexts.of(one, {}).fingerprint != MemoryTexts.of(other, {}).fingerprint


def test_labels_in_sets() -> None:
    data = (["good", "bad"], [{"b", "a"}, {"b"}])
    dataset = MemoryTexts.of({"train": data}, {"multi_label": True})
    assert dataset.load().parts["train"].labels == [("a", "b"), ("b",)]
    with pytest.raises(RnnkitError, match=r"row 0.*multi_label=True"):
        MemoryTexts.of({"train": data}, {}).load()


def test_sentences_of_pairs_and_numbered_tags() -> None:
    pairs = [[("Tom", 1), ("sleeps", 0)], [("who", 0), ("saw", 0), ("Anna", 1)]]
    train = MemorySentences.of({"train": pairs}, {"tag_names": ["O", "PER"]}).load().parts["train"]
    assert train.texts == [tuple(tokens) for tokens, _ in SENTENCES]
    assert train.labels == [tuple(tags) for _, tags in SENTENCES]


def test_labels_of_steps_that_are_not_as_many() -> None:
    data = ([np.zeros((2, 1)), np.zeros((3, 1))], [[0, 1, 0], [1, 0]])
    with pytest.raises(RnnkitError, match=r"^data: y\[0\].*3 labels"):
        MemoryArrays.of({"train": data}, {})


def test_masked_numbers_are_missing() -> None:
    masked = np.ma.array(np.arange(4.0), mask=[0, 1, 0, 0])
    with pytest.raises(RnnkitError, match="row 1"):
        MemorySeries.of({"train": masked}, {}).load()
    with pytest.raises(RnnkitError, match=r"^data: x: a masked"):
        MemoryArrays.of({"train": (np.ma.array(X, mask=True), [0, 1, 0])}, {})


@pytest.mark.parametrize(
    ("index", "keys", "first"),
    [
        (pd.date_range("2024", periods=4, freq="h", tz="+02:00"), {}, "2024-01-01 00:00:00+02:00"),
        ([day.date() for day in DAYS[:4]], {}, "2024-03-29 00:00:00"),
        (
            pd.MultiIndex.from_product([["a", "b"], DAYS[:2].tz_localize(None)], names=["k", "t"]),
            {"series": "k", "time": "t"},
            "2024-03-29 00:00:00",
        ),
        (DAYS[:4], {"time": None}, None),
    ],
)
def test_series_by_an_index(index: Any, keys: dict[str, Any], first: str | None) -> None:
    data = pd.Series([1.0, 2, 3, 4], index, name="sales")
    series = MemorySeries.of({"train": data}, keys).load()
    assert (None if series.times is None else str(series.times[0])) == first


def test_arrays_that_nothing_reads_are_refused() -> None:
    data = {"x": np.zeros((2, 3, 1)), "y": [0, 1], "name": ["a", "b"]}
    with pytest.raises(RnnkitError, match=r"^data: .*'name'.*'names'"):
        MemoryArrays.of({"train": data}, {}).load(each_step=False)
    with pytest.raises(RnnkitError, match="'name'"):
        Arrays(path="x.npz").read_further(data, each_step=False)
    of_group = MemoryArrays.of({"train": data}, {}).keeping({"name": "data.split.group"})
    assert of_group.load(each_step=False).parts["train"].columns == {"name": ["a", "b"]}
