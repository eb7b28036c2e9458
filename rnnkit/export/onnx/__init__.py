"""A model as ONNX, written from its list of layers; nothing but `onnx` is needed for it.

`onnx_graphs` gives the bytes, which `Onnx` writes with what is needed to use them.
"""

from rnnkit.export.onnx.graphs import onnx_graphs, state_names
from rnnkit.export.onnx.outputs import OnnxOutputs
from rnnkit.export.onnx.table import why_not_written

__all__ = ["OnnxOutputs", "onnx_graphs", "state_names", "why_not_written"]
