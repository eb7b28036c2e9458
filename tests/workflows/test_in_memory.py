from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnkit.api.memory_data import in_memory
from rnnkit.data.datasets.memory.arrays import MemoryArrays
from rnnkit.data.datasets.memory.base import MemoryDataset
from rnnkit.data.datasets.memory.pairs import MemoryPairs
from rnnkit.data.datasets.memory.sentences import MemorySentences
from rnnkit.data.datasets.memory.series import MemorySeries
from rnnkit.data.datasets.memory.text import MemoryText
from rnnkit.data.datasets.memory.texts import MemoryTexts
from rnnkit.errors import RnnkitError
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.in_memory import InMemory, with_data

MODEL = {"layers": [{"simple_rnn": 4}]}
TEXTS = (["good", "bad"], [1, 0])
ARRAYS = (np.zeros((2, 3, 1)), [1, 0])


def task_with(config: dict[str, Any], data: InMemory, *overrides: str) -> Task:
    changed, _ = with_data(config, overrides, data)
    return load_task(config, changed)


@pytest.mark.parametrize(
    ("task", "data", "kind", "embedding"),
    [
        ("classification", TEXTS, MemoryTexts, "embedding"),
        ("classification", pd.DataFrame({"text": [], "label": []}), MemoryTexts, "embedding"),
        ("classification", ARRAYS, MemoryArrays, "none"),
        ("tagging", [(["a"], ["x"])], MemorySentences, "embedding"),
        ("tagging", (np.zeros((2, 3, 1)), np.zeros((2, 3), int)), MemoryArrays, "none"),
        ({"language_model": {"window": 3}}, "a b c", MemoryText, "embedding"),
        ({"language_model": {"condition": "label"}}, TEXTS, MemoryTexts, "embedding"),
        ({"forecasting": {"timesteps": 3}}, [1.0, 2.0], MemorySeries, "none"),
    ],
)
def test_with_data_of_each_task(
    task: object, data: object, kind: type[MemoryDataset], embedding: str
) -> None:
    config = {"task": task, "model": MODEL}
    described = task_with(config, InMemory(data, {"validation": 0.2}))
    assert type(described.dataset) is kind
    sections: Any = described
    assert sections.data.split.validation == 0.2
    assert (type(sections.model.embedding).__name__ == "Numeric") == (embedding == "none")


def test_with_data_of_pairs_and_an_own_embedding() -> None:
    model = {"encoder": {"embedding": 8, **MODEL}, "decoder": MODEL}
    task: Any = task_with({"task": "seq2seq", "model": model}, InMemory([("a", "b")]))
    assert isinstance(task.dataset, MemoryPairs)
    assert (task.model.encoder.embedding.dim, task.model.decoder.embedding.dim) == (8, 64)


def test_with_data_in_place_of_a_shipped_config_s() -> None:
    changed, held = with_data("imdb_simple_rnn", ["train.epochs=3"], InMemory(TEXTS))
    assert changed[0] == "train.epochs=3"
    assert list(held.tables) == ["train"]


def test_with_data_in_parts() -> None:
    data = InMemory({"train": TEXTS, "test": TEXTS}, {"validation": TEXTS})
    dataset: Any = task_with({"task": "classification", "model": MODEL}, data).dataset
    assert dataset.load().parts.keys() == {"train", "validation", "test"}


@pytest.mark.parametrize(
    ("data", "keys", "match"),
    [
        (TEXTS, {"tokens": "a"}, "^tokens: not an argument.*text"),
        (TEXTS, {"labels": "a"}, "Did you mean 'label'"),
        (42, {}, "^data: found 42.*DataFrame"),
        (pd.DataFrame, {}, "^data: found .*DataFrame"),
        ((np.array("a"), np.array("b")), {}, "^data: found array"),
        ({"text": {"a"}, "label": ["x"]}, {}, "^data: .*set"),
        (TEXTS, {"text": 1.5}, "^text: found 1.5"),
        (TEXTS, {"label": ["a", "a"]}, "^label: 'a' twice"),
    ],
)
def test_with_data_names_the_argument(data: object, keys: dict[str, Any], match: str) -> None:
    with pytest.raises(RnnkitError, match=match):
        with_data({"task": "classification", "model": MODEL}, (), InMemory(data, keys=keys))


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (np.array([("good", "1"), ("bad", "0")], [("text", "U9"), ("label", "U1")]), {}),
        (np.array([["good", "1"], ["bad", "0"]]), {}),
        (zip(*TEXTS, strict=True), {}),
        (pd.DataFrame({0: TEXTS[0], 1: TEXTS[1]}), {"text": np.int64(0), "label": np.int64(1)}),
        (pd.DataFrame({"a": TEXTS[0], "label": TEXTS[1]}), {"text": pd.Index(["a"])}),
    ],
)
def test_texts_in_other_shapes(data: object, keys: dict[str, Any]) -> None:
    given = in_memory(data, keys)
    assert given is not None
    dataset: Any = task_with({"task": "classification", "model": MODEL}, given).dataset
    train = dataset.load().parts["train"]
    assert (list(train.texts), train.labels) == (["good", "bad"], [("1",), ("0",)])


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"x": [np.zeros((2, 1)), np.ones((3, 1))], "y": [1, 0]}),
        ([[[0], [0]], [[1], [1], [1]]], [1, 0]),
        (pd.Series([np.zeros(2), np.ones(3)]), [1, 0]),
    ],
)
def test_sequences_in_other_shapes(data: object) -> None:
    dataset = task_with({"task": "classification", "model": MODEL}, InMemory(data)).dataset
    assert isinstance(dataset, MemoryArrays)
    assert [len(one) for one in dataset.load(each_step=False).parts["train"].texts] == [2, 3]
