"""The loss of each task by NumPy is the one that its training minimises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.engine.forward import Engine
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task
from tests.helpers.classified import write_moods
from tests.helpers.random_models import random_weights

TEXTS = "labelled: {texts: {good: [one two, one], bad: [four, five four], ugly: [five, one five]}}"
TWO = "labelled: {texts: {good: [one two, one], bad: [four, five four]}}"
TAGS = "tagged: {sentences: [a/X b/Y, b/Y a/X c/X, c/X]}"
NUMBERS = "numbers: [1, 2, 4, 3, 5, 2, 1, 4, 3, 2, 5, 1, 2, 3, 4, 5]"
LAYERS = "{embedding: 3, layers: [lstm: 3]}"

CONFIGS = {
    "window": ("{language_model: {window: 3}}", "fable", LAYERS),
    "stream": ("{language_model: {stream: true, bptt: 5}}", "fable", LAYERS),
    "labels": ("{classification: {class_weight: balanced}}", f"{{{TEXTS}}}", LAYERS),
    "two labels": ("{classification: {class_weight: balanced}}", f"{{{TWO}}}", LAYERS),
    "several labels": (
        "{classification: {class_weight: balanced}}",
        "{tsv: {path: moods.tsv, text: Tweet, label: [joy, anger, fear]}}",
        LAYERS,
    ),
    "pairs": (
        "seq2seq",
        "reverse_digits",
        "{encoder: {embedding: 3, layers: [gru: 2]}, decoder: {embedding: 3, layers: [gru: 3]}}",
    ),
    "tags": ("{tagging: {class_weight: balanced}}", f"{{{TAGS}}}", LAYERS),
    "chain": ("{tagging: {crf: true}}", f"{{{TAGS}}}", LAYERS),
    **{
        loss: (
            f"{{forecasting: {{timesteps: 4, horizon: 2, loss: {loss}}}}}",
            f"{{{NUMBERS}}}",
            "{embedding: none, layers: [lstm: 3]}",
        )
        for loss in ("mse", "mae", "quantile")
    },
}


@pytest.mark.parametrize("name", CONFIGS)
def test_loss_is_that_of_training(name: str, tmp_path: Path) -> None:
    write_moods(tmp_path)
    kind, dataset, model = CONFIGS[name]
    task = parse_config(f"task: {kind}\ndata: {{dataset: {dataset}, split: 0}}\nmodel: {model}\n")
    assert isinstance(task, Task)
    data = task.prepare(Source())
    network = task.network(data.codec)
    inputs, targets, weights = next(data.parts["train"].batches(4).in_order())
    engine = Engine(network.architecture, random_weights(network.architecture, 0))
    if isinstance(inputs, tuple):
        outputs, _ = engine.step(inputs[0], engine.init_state(len(inputs[0]), inputs[1]))
    elif network.architecture.carries_state:
        outputs, _ = engine.step(inputs, engine.init_state(len(inputs)))
    else:
        outputs = engine.outputs(inputs)
    sums = network.objective()(outputs, targets, weights)
    expected = float(sums["loss"]) / float(sums["weight"])
    assert float(network.loss(outputs, targets, weights)) == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(expected)
