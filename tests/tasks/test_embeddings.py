"""Whatever the task, vectors start where the config says: in a file, in the training texts, or at
random.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.word_vectors import cooccurrence_vectors
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.train import train

TASKS = {
    "classification": {
        "labelled": {
            "texts": {
                "good": ["a lovely film", "a clever film"],
                "bad": ["an awful film", "a dull story"],
            }
        }
    },
    "condition": {
        "labelled": {
            "texts": {
                "good": ["a lovely film", "a clever film"],
                "bad": ["an awful film", "a dull story"],
            }
        }
    },
    "window": {"inline": "give me new sample and give me new words"},
    "stream": {"inline": "give me new sample and give me new words"},
}
SETTINGS = {
    "classification": "classification",
    "condition": {"language_model": {"condition": "label"}},
    "window": {"language_model": {"window": 2}},
    "stream": {"language_model": {"stream": True, "bptt": 3}},
}


def config(task: str, embedding: dict[str, Any]) -> dict[str, Any]:
    return {
        "task": SETTINGS[task],
        "data": {"dataset": TASKS[task], "tokenizer": "word", "split": {"validation": 0}},
        "model": {"embedding": embedding, "layers": [{"gru": 2}]},
        "train": {"epochs": 1, "batch_size": 2},
    }


def first_weights(task: Any, data: Any) -> dict[str, np.ndarray]:
    weights: dict[str, np.ndarray] = task.network(data.codec).initial_weights(data)
    return weights


def training_texts(part: Any) -> Sequences:
    if hasattr(part, "token_ids"):
        return Sequences.of([part.token_ids])
    texts: Sequences = part.inputs if hasattr(part, "inputs") else part.texts
    return texts


@pytest.mark.parametrize("task", TASKS)
def test_initial_weights_of_the_training_texts(task: str, said: list[str]) -> None:
    checked: Any = parse_config(config(task, {"dim": 3, "from_texts": True}))
    data = checked.prepare(Source())
    vectors = first_weights(checked, data)["embedding/embeddings"]
    texts, vocabulary = training_texts(data.parts["train"]), len(data.codec.tokenizer)
    np.testing.assert_array_equal(
        vectors, cooccurrence_vectors(texts, vocabulary, 3, random_seed=0)
    )
    assert vectors.any()
    assert said == [
        f"vectors of {vocabulary} tokens from co-occurrence in {len(texts.flat)} tokens of"
        " the training set"
    ]


@pytest.mark.parametrize("task", TASKS)
def test_initial_weights_of_a_file(task: str, tmp_path: Path) -> None:
    (tmp_path / "vectors.txt").write_text("film 1 2 3\nnew 4 5 6\n", encoding="utf-8")
    checked: Any = parse_config(config(task, {"path": str(tmp_path / "vectors.txt")}))
    vectors = first_weights(checked, checked.prepare(Source()))["embedding/embeddings"]
    assert any((row == [1, 2, 3]).all() or (row == [4, 5, 6]).all() for row in vectors)


@pytest.mark.parametrize("task", TASKS)
def test_initial_weights_at_random(task: str) -> None:
    checked: Any = parse_config(config(task, {"dim": 3}))
    assert first_weights(checked, checked.prepare(Source())) == {}


def test_initial_weights_frozen_are_kept_by_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the data to weights.npz, through a whole training."""
    from rnnkit.config import dump_config

    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "runs"))
    checked: Any = parse_config(
        config("classification", {"dim": 3, "from_texts": True, "trainable": False})
    )
    (tmp_path / "frozen.yaml").write_text(dump_config(checked), encoding="utf-8")
    run = train(str(tmp_path / "frozen.yaml")).run
    expected = first_weights(checked, checked.prepare(Source()))["embedding/embeddings"]
    with np.load(RunFolder(run.path).weights) as weights:
        np.testing.assert_array_equal(weights["embedding/embeddings"], expected)


def test_initial_weights_of_a_file_without_known_words(tmp_path: Path) -> None:
    (tmp_path / "vectors.txt").write_text("FILM 1 2 3\n", encoding="utf-8")
    checked: Any = parse_config(
        config("classification", {"path": str(tmp_path / "vectors.txt"), "trainable": False})
    )
    with pytest.raises(
        RnnkitError,
        match=r"model\.embedding\.path.*has a vector for none of the \d+ tokens of the vocabulary",
    ):
        first_weights(checked, checked.prepare(Source()))
