"""The one list of layers of a model: names, shapes and weights, known before any framework is
imported.

`models.build` builds a keras.Model from an Architecture, `engine` computes the same Architecture
with NumPy, and `inspect summary` prints it.
"""

from rnnkit.architecture.architecture import Architecture
from rnnkit.architecture.layers import PADDING, InputSpec, Layer, LayerSpec, Shape
from rnnkit.architecture.resolving import Interface, ShapeMistake, resolve

__all__ = [
    "PADDING",
    "Architecture",
    "InputSpec",
    "Interface",
    "Layer",
    "LayerSpec",
    "Shape",
    "ShapeMistake",
    "resolve",
]
