"""Models with random weights, as an export sees them: one of each kind of playground."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.config import parse_config
from rnnkit.engine.forward import Engine
from rnnkit.export.target import Model
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task
from tests.helpers import conditioned, language_models, paired, tagged
from tests.helpers.forecasters import series_config, write_series
from tests.helpers.random_models import random_weights

TEXTS = {"good": ["one two", "three"], "bad": ["four", "five four"]}
WORDS = {"words": {"dim": 4, "characters": {"length": 6, "dim": 4}}}


def exported(task: Task, name: str = "model", seed: int = 1) -> Model:
    """A task with random weights."""
    codec = task.prepare(Source()).codec
    architecture = task.network(codec).architecture
    weights = random_weights(architecture, seed)
    predictor = task.predictor(codec, Engine(architecture, weights))
    return Model(RunFolder(Path(name)), task, architecture, weights, predictor)


def checked(tree: Any) -> Task:
    task = parse_config(tree, "c.yaml")
    assert isinstance(task, Task)
    return task


def _window() -> Task:
    return language_models.window_model()


def _stream() -> Task:
    return language_models.stream_model(
        layers=[{"lstm": 4}, {"min_lstm": 4}], tie_weights=True, tokenizer={"bpe": 320}
    )


def _conditioned() -> Task:
    return conditioned.conditioned(tokenizer="char")


def _verdict() -> Task:
    layers = [{"gru": {"units": 3, "bidirectional": True}}, {"pool": "attention"}]
    words = {"words": {"dim": 3, "subwords": {"dim": 3, "buckets": 50}}}
    return checked(
        {
            "task": "classification",
            "data": {"dataset": {"labelled": {"texts": TEXTS}}, "split": 0},
            "model": {"embedding": words, "layers": layers},
        }
    )


def _fixed() -> Task:
    padded = {"batching": "fixed", "max_length": 4, "padding": "pre", "mask": False}
    texts = {**TEXTS, "so so": ["six"]}
    return checked(
        {
            "task": "classification",
            "data": {
                "dataset": {"labelled": {"texts": texts}},
                "clean": ["html", "links", "numbers"],
                "split": 0,
                **padded,
            },
            "model": {"embedding": "one_hot", "layers": [{"conv": 3}, {"pool": "max"}]},
        }
    )


def _tagged() -> Task:
    task = {"task": {"tagging": {"crf": True}}, "data": {"dataset": {"conll": "t.tsv"}, "split": 0}}
    tagged.write_rows(tagged.SPANS)
    return checked(
        {**task, "model": {"embedding": WORDS, "layers": [{"min_gru": 3}]}, "train": {"epochs": 1}}
    )


def _steps() -> Task:
    x, on = tagged.arrays()
    np.savez("steps.npz", x=x, y=on, names=["off", "on"])
    return checked(tagged.STEPS.replace(", test_path: steps.npz", ""))


def _pairs() -> Task:
    return paired.seq2seq(generate={"beam_size": 3})


def _forecast() -> Task:
    write_series(60, future=3)
    columns = "target: y, features: [x], known: [plan], categorical: [plan], time: t, cycles: [day]"
    return checked(series_config("timesteps: 6, horizon: 3, quantiles: [0.1, 0.5, 0.9]", columns))


KINDS: dict[str, Callable[[], Task]] = {
    "window": _window,
    "stream": _stream,
    "conditioned": _conditioned,
    "verdict": _verdict,
    "fixed": _fixed,
    "tagged": _tagged,
    "steps": _steps,
    "pairs": _pairs,
    "forecast": _forecast,
}
"""What each writes lies in the current folder."""
