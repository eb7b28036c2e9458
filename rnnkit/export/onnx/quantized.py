"""An ONNX file with 8-bit weights, by onnxruntime's dynamic quantization."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from rnnkit.environment import require
from rnnkit.export.onnx.graphs import onnx_graphs
from rnnkit.export.onnx.outputs import OnnxOutputs
from rnnkit.export.onnx.target import Onnx
from rnnkit.export.target import ExportedOutputs, Int8Target, Model
from rnnkit.storage import read_bytes
from rnnkit.storage.reading import ARRAYS_BYTES

QUANTIZED = ["LSTM", "MatMul", "Gather"]
"""The operations that onnxruntime computes with 8-bit weights."""

STORED = {"GRU": (1, 2), "RNN": (1, 2), "Conv": (1,)}
"""The indices of the weights among the inputs of other operations: stored in 8 bits, converted to
float32 when they are loaded.
"""

LARGEST = 127


class Int8(Onnx, Int8Target):
    """ONNX with 8-bit weights."""

    summary: ClassVar[str] = "an .onnx file with weights of eight bits"
    suffix: ClassVar[str] = ".onnx"

    def file_name(self, model: Model) -> str:
        return f"{model.run.path.name}.int8{self.suffix}"

    def contents(self, model: Model) -> dict[str, bytes]:
        return {name: quantized(content) for name, content in super().contents(model).items()}

    def answering(self, model: Model) -> tuple[ExportedOutputs, ExportedOutputs]:
        def of(graphs: Mapping[str, bytes]) -> ExportedOutputs:
            size = sum(map(len, graphs.values()))
            return ExportedOutputs(OnnxOutputs(model.architecture, graphs), size)

        require("onnx", "onnx")
        plain = onnx_graphs(model.architecture, model.weights)
        return of(plain), of({name: quantized(content) for name, content in plain.items()})


def quantized(content: bytes) -> bytes:
    """An ONNX file with its matrices in 8 bits.

    Raises:
        RnnkitError: If onnxruntime is not installed.
    """
    require("onnxruntime", "onnx")
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    root, level = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.ERROR)  # it recommends optimizations that it does itself
    try:
        with tempfile.TemporaryDirectory(prefix="rnnkit-int8-") as folder:
            path = Path(folder) / "model.onnx"
            quantize_dynamic(
                _with_stored(onnx.load_from_string(content)),
                path,
                op_types_to_quantize=QUANTIZED,
                weight_type=QuantType.QInt8,
            )
            return read_bytes(path, ARRAYS_BYTES)
    finally:
        root.setLevel(level)


def _with_stored(model: Any) -> Any:
    """A model with the weights of `STORED` as 8-bit integers, with a scale for each row of a gate,
    or for each filter.
    """
    from onnx import helper, numpy_helper

    graph = model.graph
    weights = {weight.name: weight for weight in graph.initializer}
    unpacked: dict[str, Any] = {}
    for node in graph.node:
        axis = 0 if node.op_type == "Conv" else 1  # (filters, ...); (directions, rows, ...)
        for place in STORED.get(node.op_type, ()):
            name = node.input[place]
            if name not in weights or name in unpacked:
                continue
            integers, scale = _quantized_array(numpy_helper.to_array(weights[name]), axis)
            parts = {f"{name}/int8": integers, f"{name}/scale": scale}
            graph.initializer.remove(weights[name])
            graph.initializer.extend(numpy_helper.from_array(*part[::-1]) for part in parts.items())
            unpacked[name] = helper.make_node("DequantizeLinear", [*parts], [name], name, axis=axis)
    nodes = [*unpacked.values(), *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def _quantized_array(array: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """The array as integers from -127 to 127, and the float32 scale along an axis."""
    others = tuple(other for other in range(array.ndim) if other != axis)
    most = np.abs(array).max(others, keepdims=True)
    scale = (np.maximum(most, np.finfo(np.float32).tiny) / LARGEST).astype(np.float32)
    return np.rint(array / scale).astype(np.int8), scale.ravel()
