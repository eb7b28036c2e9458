"""What a training's compiled steps call, read in their graph."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rnnkit.architecture import Architecture
from rnnkit.models.build import build_model

CALLS = ("PyFunc", "PyFuncStateless", "EagerPyFunc")
"""The operations by which a graph of TensorFlow calls a compiled kernel."""


def called_by(architecture: Architecture, kernel: str, layers: Iterable[str]) -> set[str]:
    """Those of the layers that call a kernel in a forward pass of training, on TensorFlow.

    Args:
        architecture: The list of layers.
        kernel: As `train.kernel` says.
        layers: Names, as `recurrent_layers` gives them.
    """
    import tensorflow as tf

    model = build_model(architecture.for_training(kernel))
    inputs = [tf.TensorSpec(one.shape, one.dtype) for one in model.inputs]

    @tf.function(autograph=False)
    def forward(*arrays: tf.Tensor) -> tf.Tensor:
        return model(arrays if len(arrays) > 1 else arrays[0], training=True)

    graph = forward.get_concrete_function(*inputs).graph.as_graph_def()
    nodes = [*graph.node, *(node for one in graph.library.function for node in one.node_def)]
    calls = [node.name for node in nodes if node.op in CALLS]
    return {name for name in layers if any(_scope(name).search(call) for call in calls)}


def _scope(layer: str) -> re.Pattern[str]:
    """Of a layer's operations, in a model that is called a second time: keras counts its layers."""
    outer, *inner = (rf"{re.escape(part)}_\d+" for part in layer.split("/"))
    return re.compile("/(.*/)?".join([rf"^[^/]+/{outer}", *inner]) + "/")
