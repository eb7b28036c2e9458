"""A model's outputs, computed by ONNX Runtime from its graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.environment import require
from rnnkit.export.onnx.graphs import (
    IS_PADDING,
    KEYS,
    MEMORY,
    MODEL,
    NEXT,
    SHARES,
    START,
    STEP,
    onnx_graphs,
    state_names,
)
from rnnkit.generation.stepper import States
from rnnkit.kernels.library import threads

EXTRA = "onnx"
QUIET = 3  # onnxruntime's log level for errors


class OnnxOutputs:
    """The interface of `Engine`, computed by ONNX Runtime.

    Args:
        architecture: The resolved list of layers.
        graphs: The contents of its files, as `onnx_graphs` writes them.
    """

    def __init__(self, architecture: Architecture, graphs: Mapping[str, bytes]):
        self._architecture = architecture
        self._sessions = {name: session(content) for name, content in graphs.items()}
        self._sizes = {
            name: [shape[0] or 0 for shape in shapes]
            for name, shapes in architecture.states().items()
        }
        self._names = state_names(architecture)
        attention = architecture.attention
        self._attention = attention.name if attention else None

    @classmethod
    def of(cls, architecture: Architecture, weights: Mapping[str, np.ndarray]) -> OnnxOutputs:
        """The outputs of a model that ONNX can express.

        Raises:
            RnnkitError: If onnx or onnxruntime is not installed, or a layer cannot be written.
        """
        require("onnx", EXTRA)
        require("onnxruntime", EXTRA)
        return cls(architecture, onnx_graphs(architecture, weights))

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        if MODEL not in self._sessions:
            return self.step(inputs, self.init_state(len(inputs)))[0]
        (outputs,) = _run(self._sessions[MODEL], self._data(inputs), 1)
        return outputs

    def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
        """The states of all recurrent layers before the first token: zeros, or computed from a
        (batch, features) condition, or from a source's (batch, timesteps) token ids.
        """
        if condition is None:
            return {
                name: tuple(np.zeros((batch, size), np.float32) for size in sizes)
                for name, sizes in self._sizes.items()
            }
        start = self._sessions[START]
        (wanted,) = start.get_inputs()
        dtype = np.int32 if wanted.type == "tensor(int32)" else np.float32
        values = start.run(None, {wanted.name: condition.astype(dtype, copy=False)})
        names = [output.name for output in start.get_outputs()]
        found: dict[str, np.ndarray] = dict(zip(names, values, strict=True))
        states: States = {
            layer: tuple(found[name] for name in own) for layer, own in self._names.items()
        }
        if self._attention:
            memory = found[MEMORY]
            shares = np.empty((batch, 0, memory.shape[1]), np.float32)
            states[self._attention] = (memory, found[KEYS], found[IS_PADDING], shares)
        return states

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        """Logits at every step, and the states after the last one."""
        if not inputs.size:  # ONNX Runtime crashes on empty inputs
            outputs = self._architecture.output_shape[-1] or 0
            return np.empty((*inputs.shape[:2], outputs), np.float32), states
        fed = self._data(inputs)
        for layer, own in self._names.items():
            fed |= dict(zip(own, states[layer], strict=True))
        if self._attention:
            read = zip((MEMORY, KEYS, IS_PADDING), states[self._attention], strict=False)
            fed |= dict(read)
        session = self._sessions[STEP]
        names = [output.name for output in session.get_outputs()]
        found: dict[str, np.ndarray] = dict(zip(names, session.run(None, fed), strict=True))
        after: States = {
            layer: tuple(found[f"{name}{NEXT}"] for name in own)
            for layer, own in self._names.items()
        }
        if self._attention:
            after[self._attention] = (*states[self._attention][:3], found[SHARES])
        return found[names[0]], after

    def _data(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        is_tokens = self._architecture.input_dtype == "int32"
        data = inputs.astype(np.int32 if is_tokens else np.float32, copy=False)
        return {"tokens" if is_tokens else "numbers": data}


def session(content: bytes) -> Any:
    """What answers by one file, on the processor."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = QUIET
    options.intra_op_num_threads = threads()
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _run(session: Any, fed: Mapping[str, np.ndarray], count: int) -> list[np.ndarray]:
    """The first outputs."""
    names = [output.name for output in session.get_outputs()[:count]]
    outputs: list[np.ndarray] = session.run(names, fed)
    return outputs
