"""A model as ONNX, written from its list of layers by the library `onnx` alone.

`onnx_graphs` returns the bytes; `Onnx` writes them with scaling, probabilities and metadata.
"""

from rnnkit.export.onnx.graphs import onnx_graphs, state_names
from rnnkit.export.onnx.layer_table import why_not_written
from rnnkit.export.onnx.outputs import OnnxOutputs

__all__ = ["OnnxOutputs", "onnx_graphs", "state_names", "why_not_written"]
