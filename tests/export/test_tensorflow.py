"""TensorFlow's formats answer as the engine does."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.architecture import Architecture
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.export.target import Model
from rnnkit.registry import TASKS
from rnnkit.workflows.configs import starter
from rnnkit.workflows.export import export, open_model
from tests.helpers.random_models import random_inputs
from tests.helpers.untrained import untrained_run

FORMATS = ("saved_model", "litert")
RAGGED = """
task: classification
data: {dataset: {labelled: {texts: {good: [one two, three, one three], bad: [four, five]}}}, split: 0}
model:
  embedding: 3
  layers: [gru: {units: 3, dropout: 0.3, recurrent_dropout: 0.2}, dropout: 0.5, pool: max]
train: {epochs: 1}
"""  # noqa: E501
OTHERS = {
    "minimal": RAGGED.replace("gru: {", "min_gru: {bidirectional: true, ").replace(
        ", recurrent_dropout: 0.2", ""
    ),
    "lstm": RAGGED.replace("gru: {", "lstm: {bidirectional: true, "),
}


@pytest.mark.parametrize("target", FORMATS)
def test_export_answers_as_the_engine(target: str) -> None:
    """Texts of unequal length; its dropout is gone."""
    assert_answers_as_the_engine(RAGGED, target)


@pytest.mark.soak
@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("kind", [*OTHERS, *TASKS])
def test_export_answers_as_the_engine_for_each_kind(kind: str, target: str) -> None:
    assert_answers_as_the_engine(OTHERS.get(kind) or starter(kind), target)


def test_litert_names_what_it_has_no_lists_for(tmp_path: Path) -> None:
    read = "embedding: {words: {dim: 3, characters: {length: 4, dim: 3, layers: [lstm: 2]}}}"
    run = untrained_run("run", RAGGED.replace("embedding: 3", read))
    with pytest.raises(RnnkitError, match=r"export litert.*characters.*saved_model, onnx") as error:
        export(str(run), "litert", "out")
    assert error.value.exit_code == 2
    assert list(tmp_path.glob("out*")) == []


def assert_answers_as_the_engine(config: str, target: str) -> None:
    run = untrained_run("run", config)
    written = export(str(run), target, "out")
    assert written.size_bytes > 1000
    model = open_model(str(run))
    inputs = [token_inputs(model.architecture)]
    if model.architecture.encoder:
        inputs.append(random_inputs(model.architecture.encoder, 1, 3, 4))
    expected = answers(model, inputs)
    found = OPENED[target](written.path, inputs)
    real = (
        np.asarray(model.architecture.token_ids(inputs[0])) != 0
        if expected.ndim > 2 and model.architecture.padded
        else ...
    )
    tolerance = 1e-5 * max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found[real], expected[real], rtol=0, atol=tolerance)


def token_inputs(architecture: Architecture) -> np.ndarray:
    """Three sequences; a word's characters have its own number."""
    if architecture.input_dtype == "int32" and len(architecture.input_shape) > 1:
        words = np.array([[2, 3, 4, 5], [5, 0, 0, 0], [3, 2, 0, 0]], np.int32)
        width = architecture.input_shape[-1] or 1
        return np.repeat(words[:, :, None], width, axis=2)
    return random_inputs(architecture, 0, 3, 5)


def answers(model: Model, inputs: list[np.ndarray]) -> np.ndarray:
    engine = Engine(model.architecture, model.weights)
    if len(inputs) == 1:
        return engine(inputs[0])
    states = engine.init_state(len(inputs[0]), inputs[1])
    return engine.step(inputs[0], states)[0]


def by_tensorflow(path: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import tensorflow as tf

    opened = tf.saved_model.load(str(path))
    return np.asarray(opened.serve(*inputs if len(inputs) == 1 else [inputs]))


def by_litert(path: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has a package of its own now
        interpreter: Any = tf.lite.Interpreter(str(path))
    rows = []
    for row in zip(*inputs, strict=True):
        arrays = [array[None] for array in row]
        details = sorted(interpreter.get_input_details(), key=lambda detail: detail["name"])
        for detail, array in zip(details, arrays, strict=True):
            interpreter.resize_tensor_input(detail["index"], array.shape)
        interpreter.allocate_tensors()
        for detail, array in zip(details, arrays, strict=True):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        rows.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
    return np.stack(rows)


OPENED = {"saved_model": by_tensorflow, "litert": by_litert}
