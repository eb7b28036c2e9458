"""Small conditioned language models for the tests, untrained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rnnkit.config import parse_config
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.tasks.conditioned_language_model.data import ConditionedCodec, ConditionedPart
from rnnkit.tasks.conditioned_language_model.predictor import ConditionedPredictor
from rnnkit.tasks.conditioned_language_model.task import ConditionedLanguageModel
from rnnkit.tasks.prepared import Prepared, Source
from tests.helpers.random_models import random_weights

Data = Prepared[ConditionedCodec, ConditionedPart]

TEXTS = [
    ("anna", "it"),
    ("bob", "en"),
    ("bea", "en"),
    ("otto", "de"),
    ("ida", "de"),
    ("gino", "it"),
    ("eva", "de"),
    ("leo", "it"),
]


def labelled_file(path: str, texts: Sequence[tuple[str, str]]) -> str:
    """A file of texts and labels in the current folder."""
    lines = (json.dumps({"text": text, "label": label}) + "\n" for text, label in texts)
    Path(path).write_text("".join(lines), encoding="utf-8")
    return path


def conditioned(
    texts: Sequence[tuple[str, str]] = TEXTS,
    layers: Any = ({"gru": 4},),
    validation: Sequence[tuple[str, str]] = (),
    **data: Any,
) -> ConditionedLanguageModel:
    """A checked config on a few names, each with a label."""
    dataset = {"path": labelled_file("names.jsonl", texts)}
    if validation:
        dataset["validation_path"] = labelled_file("other.jsonl", validation)
    task = parse_config(
        {
            "task": {"language_model": {"condition": "label"}},
            "data": {"dataset": {"jsonl": dataset}, "split": {"validation": 0}, **data},
            "model": {"embedding": 3, "layers": list(layers)},
            "train": {"batch_size": 3},
        }
    )
    assert isinstance(task, ConditionedLanguageModel)
    return task


def refusal(**settings: Any) -> str:
    """What is said about a config, or about its data."""
    with pytest.raises(RnnkitError) as caught:
        conditioned(**settings).prepare(Source())
    assert caught.value.exit_code == 2
    return str(caught.value)


def random_predictor(
    task: ConditionedLanguageModel, data: Data, seed: int = 1
) -> ConditionedPredictor:
    """The task's predictor with random weights, by NumPy."""
    architecture = task.network(data.codec).architecture
    return task.predictor(data.codec, Engine(architecture, random_weights(architecture, seed)))
