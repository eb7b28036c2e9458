"""An ONNX file with weights of eight bits, by onnxruntime's dynamic quantization."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import ClassVar

from rnnkit.environment import require
from rnnkit.export.onnx.target import Onnx
from rnnkit.export.target import Model
from rnnkit.storage import read_bytes
from rnnkit.storage.reading import ARRAYS_BYTES

OPERATIONS = ["LSTM", "MatMul", "Gather"]
"""What onnxruntime has in eight bits; GRU and RNN it has not, so these stay."""


class Int8(Onnx):
    """ONNX with weights of eight bits."""

    gives: ClassVar[str] = "an .onnx file with weights of eight bits"
    suffix: ClassVar[str] = ".onnx"

    def file_name(self, model: Model) -> str:
        return f"{model.run.path.name}.int8{self.suffix}"

    def contents(self, model: Model) -> dict[str, bytes]:
        return {name: quantized(content) for name, content in super().contents(model).items()}


def quantized(content: bytes) -> bytes:
    """The same file with the weights of LSTM, MatMul and Gather in eight bits.

    Raises:
        RnnkitError: If onnxruntime is not installed.
    """
    require("onnxruntime", "onnx")
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    root, level = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.ERROR)  # it advises optimizations that it makes itself
    try:
        with tempfile.TemporaryDirectory(prefix="rnnkit-int8-") as folder:
            path = Path(folder) / "model.onnx"
            quantize_dynamic(
                onnx.load_from_string(content),
                path,
                op_types_to_quantize=OPERATIONS,
                weight_type=QuantType.QInt8,
            )
            return read_bytes(path, ARRAYS_BYTES)
    finally:
        root.setLevel(level)
