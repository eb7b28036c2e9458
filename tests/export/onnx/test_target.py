"""What `rnnkit export RUN onnx` writes: one run of every shipped config, without training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.engine.forward import Engine
from rnnkit.export.onnx import state_names
from rnnkit.export.target import Model
from rnnkit.run import RunFolder
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor
from rnnkit.workflows.export import export, open_model
from tests.conftest import REPO
from tests.export.onnx.sessions import assert_close, every_output, first_output, session, step
from tests.helpers.random_models import random_inputs
from tests.helpers.streams import assert_same, random_states
from tests.helpers.untrained import untrained_run

CONFIGS = sorted((REPO / "configs").rglob("*.yaml"))


def exported(run: RunFolder) -> tuple[Model, bytes]:
    """A run, and the file that its export leaves in the current folder."""
    written = export(str(run), "onnx")
    assert written.path.name == f"{run.path.name}.onnx"
    return open_model(str(run)), written.path.read_bytes()


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
    states, memory = random_states(engine, 1, 3), {}
    if architecture.condition:
        encoder = architecture.encoder
        name = "source" if encoder else "condition"
        features = architecture.condition.inputs[0]
        condition = (
            random_inputs(encoder, 1, 3)
            if encoder
            else np.random.default_rng(1).normal(size=(3, features)).astype(np.float32)
        )
        states = engine.init_state(3, condition)
        start = Path(f"{model.run.path.name}.start.onnx").read_bytes()
        begun = every_output(start, **{name: condition})
        for layer, each in state_names(architecture).items():
            for key, array in zip(each, states[layer], strict=True):
                assert_close(begun.pop(key), array)
        memory = begun
    logits, after = step(architecture, content, tokens, states, **memory)
    expected, moved = engine.step(tokens, states)
    recurrent = {name: moved[name] for name in after}
    assert_same((logits, after), (expected, recurrent))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_config_exports_and_equals_the_engine(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    run = untrained_run(config.stem, text, sample=True, sizes=(0.02, 0.1))
    model, content = exported(run)
    facts = session(content).get_modelmeta().custom_metadata_map
    assert facts["rnnkit.task"] == model.task.kind()
    assert facts["rnnkit.config"] == run.config.read_text(encoding="utf-8")
    if isinstance(model.predictor, ForecastingPredictor):
        assert_forecasts(model, content)
    else:
        assert_is_engine(model, content)
