"""What `rnnkit export RUN onnx` writes: one run of every shipped config, without training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnnkit.architecture import Architecture
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.export.target import Model
from rnnkit.run import RunFolder
from rnnkit.tasks.classification.predictor import TextClassifier
from rnnkit.tasks.conditioned_language_model.predictor import ConditionedPredictor
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor
from rnnkit.workflows.export import export, open_model
from tests.conftest import REPO
from tests.export.onnx.sessions import (
    assert_close,
    begin,
    every_output,
    first_output,
    session,
    step,
)
from tests.helpers import classified, tagged
from tests.helpers.random_models import random_inputs
from tests.helpers.streams import assert_same, random_states
from tests.helpers.untrained import untrained_run

UNPADDED = classified.TONGUES.replace(
    "batching: fixed, max_length: 9, padding: pre, mask: false, ", ""
)
LARGE = ("fable", "fable_lstm1", "ptb_tied")
CONFIGS = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.soak] if path.stem in LARGE else [])
    for path in sorted((REPO / "configs").rglob("*.yaml"))
]


def exported(run: RunFolder) -> tuple[Model, bytes]:
    """A run, and the file that its export leaves in the current folder."""
    written = export(str(run), "onnx")
    assert written.path.name == f"{run.path.name}.onnx"
    return open_model(str(run)), written.path.read_bytes()


def written(text: str, write: Callable[[Path], None]) -> RunFolder:
    """An untrained run of a config whose data are written to the current folder."""
    write(Path())
    return untrained_run("run", text)


def assert_forecasts(model: Model, content: bytes) -> None:
    """Windows in the series' units, and forecasts in them."""
    predictor = model.predictor
    assert isinstance(predictor, ForecastingPredictor)
    codec, shape = predictor.codec, predictor.shape
    generator = np.random.default_rng(1)
    steps = shape.timesteps + shape.horizon
    size = (3 * steps, len(codec.names))
    scale = codec.scaler.scale * (0.01 if codec.transform == "return" else 1)
    raw = generator.normal(codec.scaler.mean, scale, size)
    if codec.transform == "return":
        raw[:, : codec.outputs] = np.exp(raw[:, : codec.outputs])
    own = raw.copy()
    if codec.transform == "return":
        own[:, : codec.outputs] = np.log(own[:, : codec.outputs])
    origins = np.array([shape.timesteps + row * steps for row in range(3)])
    expected = predictor.forecast_windows(
        Engine(model.architecture, model.weights),
        codec.scaler.scaled(own),
        origins,
        shape.horizon,
    )
    spans = raw.reshape(3, steps, -1)
    known = {"known": spans[:, shape.timesteps :, shape.is_known]} if shape.is_known.any() else {}
    found = every_output(content, numbers=spans[:, : shape.timesteps], **known)["forecast"]
    unit = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * unit)


def assert_is_engine(model: Model, content: bytes) -> None:
    """The same numbers as the run's own engine, in one call or step by step."""
    architecture, engine = model.architecture, Engine(model.architecture, model.weights)
    if not (architecture.carries_state or architecture.condition):
        inputs = random_inputs(architecture, 1, 3)
        assert_close(first_output(content, inputs), engine.outputs(inputs))
        return
    tokens = np.random.default_rng(1).integers(0, architecture.layers[0].inputs[1], (3, 4))
    tokens = tokens.astype(np.int32)
    states, memory = random_states(engine, 1, 3), dict[str, np.ndarray]()
    if architecture.condition:
        name, condition = _condition(architecture)
        states = engine.init_state(3, condition)
        start = Path(f"{model.run.path.name}.start.onnx").read_bytes()
        begun, memory = begin(architecture, start, **{name: condition})
        assert_same((condition, begun), (condition, {layer: states[layer] for layer in begun}))
    logits, after = step(architecture, content, tokens, states, **memory)
    expected, moved = engine.step(tokens, states)
    recurrent = {name: moved[name] for name in after}
    assert_same((logits, after), (expected, recurrent))


def _condition(architecture: Architecture) -> tuple[str, np.ndarray]:
    if architecture.encoder:
        return "source", random_inputs(architecture.encoder, 1, 3)
    assert architecture.condition
    size = (3, architecture.condition.inputs[0] or 0)
    return "condition", np.random.default_rng(1).normal(size=size).astype(np.float32)


@pytest.mark.parametrize("config", CONFIGS)
def test_every_config_exports_and_equals_the_engine(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    run = untrained_run(config.stem, text, sample=True, sizes=(0.02, 0.1))
    model, content = exported(run)
    facts = session(content).get_modelmeta().custom_metadata_map
    assert facts["rnnkit.task"] == model.task.kind()
    assert facts["rnnkit.config"] == run.config.read_text(encoding="utf-8")
    if isinstance(model.predictor, ForecastingPredictor):
        assert_forecasts(model, content)
    elif isinstance(model.predictor.codec, ArrayCodec):
        assert_reads_numbers(model, content)
    else:
        assert_is_engine(model, content)


@pytest.mark.parametrize(
    ("text", "write"),
    [(tagged.STEPS, tagged.write_steps), (tagged.SEQUENCES, tagged.write_sequences)],
    ids=["tagging", "classification"],
)
def test_export_of_numbers_reads_them_in_their_own_units(
    text: str, write: Callable[[Path], None]
) -> None:
    assert_reads_numbers(*exported(written(text, write)))


def assert_reads_numbers(model: Model, content: bytes) -> None:
    codec = model.predictor.codec
    assert isinstance(codec, ArrayCodec)
    numbers = np.random.default_rng(1).normal(3, 4, (2, 6, codec.features))
    expected = model.predictor.outputs(codec.scaler.scaled(numbers).astype(np.float32))
    assert_close(first_output(content, numbers), expected)


@pytest.mark.parametrize(
    ("text", "write"),
    [
        (classified.MOODS, classified.write_moods),
        (UNPADDED, classified.write_tongues),
        (classified.VERDICT, classified.write_verdict),
    ],
    ids=["several labels", "one of three", "one of two"],
)
def test_export_of_a_classifier_gives_probabilities(
    text: str, write: Callable[[Path], None]
) -> None:
    model, content = exported(written(text, write))
    predictor = model.predictor
    assert isinstance(predictor, TextClassifier)
    (answer,) = predictor.predict(["his proposal was felt glad"])
    (ids,) = predictor.codec.read(["his proposal was felt glad"])
    found = every_output(content, tokens=ids[None])["probabilities"]
    np.testing.assert_allclose(found[0], answer, atol=1e-6)


CAPTIONS = """\
task: {language_model: {condition: features}}
data: {dataset: {jsonl: {path: captions.jsonl, features: image}}, split: {validation: 0}}
model: {embedding: 3, layers: [gru: 4]}
"""


def test_export_of_a_condition_of_numbers_reads_them_in_their_own_units() -> None:
    lines = [
        json.dumps({"text": text, "image": [10.0 * index, 3.0 - index]})
        for index, text in enumerate(["anna", "bob", "otto"])
    ]
    Path("captions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    model, _ = exported(untrained_run("run", CAPTIONS))
    predictor = model.predictor
    assert isinstance(predictor, ConditionedPredictor)
    vector = predictor.condition("12 -4")
    numbers = np.array([[12.0, -4.0]])
    found = every_output(Path("run.start.onnx").read_bytes(), condition=numbers)["gru/0"]
    assert_close(found, predictor.outputs.init_state(1, vector[None])["gru"][0])


def test_export_replaces_the_file_of_what_starts_it_only_when_asked(tmp_path: Path) -> None:
    config = (REPO / "configs" / "reverse_digits.yaml").read_text(encoding="utf-8")
    run = str(untrained_run("digits", config, sample=True))
    (tmp_path / "digits.start.onnx").write_text("mine")
    with pytest.raises(RnnkitError, match=r"--output.*start.onnx exists already"):
        export(run, "onnx")
    assert sorted(path.name for path in tmp_path.glob("*.onnx")) == ["digits.start.onnx"]
    files = export(run, "onnx", overwrite=True)
    both = ["digits.onnx", "digits.start.onnx"]
    assert [path.name for path in (files.path, *files.further)] == both
    assert sorted(path.name for path in tmp_path.glob("*digits*")) == both
