"""ONNX Runtime in the tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnkit.architecture import Architecture
from rnnkit.export.onnx import state_names
from rnnkit.generation.stepper import States

onnxruntime = pytest.importorskip("onnxruntime")


def session(content: bytes) -> Any:
    """What answers by a file's content."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def every_output(content: bytes, **inputs: np.ndarray) -> dict[str, np.ndarray]:
    """The outputs by their names."""
    opened = session(content)
    names = [output.name for output in opened.get_outputs()]
    return dict(zip(names, opened.run(names, inputs), strict=True))


def first_output(content: bytes, inputs: np.ndarray) -> np.ndarray:
    """The first output, of the first input."""
    opened = session(content)
    output: np.ndarray = opened.run(None, {opened.get_inputs()[0].name: inputs})[0]
    return output


def by_input(model: Architecture, states: States) -> dict[str, np.ndarray]:
    """States by the names of a graph's inputs."""
    return {
        name: array
        for layer, each in state_names(model).items()
        for name, array in zip(each, states[layer], strict=True)
    }


def begin(
    model: Architecture, content: bytes, **inputs: np.ndarray
) -> tuple[States, dict[str, np.ndarray]]:
    """What `Engine.init_state` gives, of the recurrent layers, and attention's memory."""
    outputs = every_output(content, **inputs)
    names = state_names(model).items()
    states = {layer: tuple(outputs.pop(name) for name in each) for layer, each in names}
    return states, outputs


def step(
    model: Architecture, content: bytes, tokens: np.ndarray, states: States, **memory: np.ndarray
) -> tuple[np.ndarray, States]:
    """What `Engine.step` gives, of the recurrent layers."""
    outputs = every_output(content, tokens=tokens, **by_input(model, states), **memory)
    names = state_names(model).items()
    after = {layer: tuple(outputs[f"{name}/next"] for name in each) for layer, each in names}
    return outputs["logits"], after


def assert_close(found: np.ndarray, expected: np.ndarray) -> None:
    """Within 1e-5; where they are larger than 1, within 1e-5 of the largest."""
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * scale)
