from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

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
        (TEXTS, {"label": ["a", "a"]}, "^label: 'a' twice"),
    ],
)
def test_with_data_names_the_argument(data: object, keys: dict[str, Any], match: str) -> None:
    with pytest.raises(RnnkitError, match=match):
        with_data({"task": "classification", "model": MODEL}, (), InMemory(data, keys=keys))
