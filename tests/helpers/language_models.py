"""Small language models for the tests, untrained, and models whose answers are known."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.generation.stepper import States
from rnnkit.tasks.evaluation import Evaluation
from rnnkit.tasks.language_model.data import LanguageCodec, LanguagePart
from rnnkit.tasks.language_model.predictor import LanguagePredictor
from rnnkit.tasks.language_model.task import LanguageModel
from rnnkit.tasks.prepared import Prepared, Source
from tests.helpers.random_models import random_weights

Data = Prepared[LanguageCodec, LanguagePart]


def checked(tree: dict[str, Any]) -> LanguageModel:
    task = parse_config(tree)
    assert isinstance(task, LanguageModel)
    return task


def window_model(
    window: int = 3, published: dict[str, Any] | None = None, **data: Any
) -> LanguageModel:
    """A checked config on windows of the fable, all of it for training."""
    tree = {
        "task": {"language_model": {"window": window}},
        "data": {"dataset": "fable", "split": 0, **data},
        "model": {"embedding": 4, "layers": [{"simple_rnn": 4}]},
        "train": {"batch_size": 64},
    }
    return checked(tree | ({"published": published} if published else {}))


def stream_model(
    layers: Any = ({"lstm": 4},),
    task: Any = None,
    embedding: Any = 4,
    tie_weights: bool = False,
    train: Any = None,
    **data: Any,
) -> LanguageModel:
    """A checked config of a stream of the fable's words, all of them for training."""
    return checked(
        {
            "task": {"language_model": task or {"stream": True, "bptt": 7}},
            "data": {"dataset": "fable", "split": 0, **data},
            "model": {"embedding": embedding, "layers": list(layers), "tie_weights": tie_weights},
            "train": {"batch_size": 8, **(train or {})},
        }
    )


def refusal(**settings: Any) -> str:
    """What is said about a config of a stream."""
    with pytest.raises(RnnkitError) as caught:
        stream_model(**settings)
    assert caught.value.exit_code == 2
    return str(caught.value)


def text_file(content: str, name: str = "corpus.txt") -> dict[str, Any]:
    """A data set of one file in the current folder."""
    Path(name).write_text(content, encoding="utf-8")
    return {"text": name}


def random_predictor(task: LanguageModel, data: Data, seed: int = 1) -> LanguagePredictor:
    """The task's predictor with random weights far from zero, by NumPy."""
    architecture = task.network(data.codec).architecture
    weights = random_weights(architecture, seed, low=0.5, high=2.0)
    return task.predictor(data.codec, Engine(architecture, weights))


def evaluated(task: LanguageModel, data: Data, outputs: Any, part: str = "train") -> Evaluation:
    """A part, scored with these outputs."""
    return task.evaluator(task.predictor(data.codec, outputs), data).evaluate(part)


def scores(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    return {row.who: row.scores for row in evaluation.rows}


class Uniform:
    """Outputs of a model that knows nothing: every token is as likely as any."""

    def __init__(self, data: Data):
        self._vocabulary = len(data.codec.tokenizer)

    def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
        return np.zeros((len(inputs), self._vocabulary), np.float32)

    def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
        return {}

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        return np.zeros((*inputs.shape, self._vocabulary), np.float32), states


class Counted(Uniform):
    """Outputs of a model that has counted what follows each window: none can do better."""

    def __init__(self, task: LanguageModel, data: Data):
        super().__init__(data)
        self._following: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        ids, window = data.parts["train"].counted.tolist(), task.task.window
        assert window is not None
        for start in range(len(ids) - window):
            self._following[tuple(ids[start : start + window])][ids[start + window]] += 1

    def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
        logits = np.full((len(inputs), self._vocabulary), -1e9, np.float32)
        for row, context in enumerate(inputs.tolist()):
            counts = self._following[tuple(context)]
            for token, count in counts.items():
                logits[row, token] = math.log(count / counts.total())
        return logits


def prepared(task: LanguageModel, file: str | None = None) -> Data:
    """The task's data, or a further file encoded by the vocabulary of its training set."""
    data = task.prepare(Source())
    return data if file is None else task.prepare(Source(file=file), data.codec)
