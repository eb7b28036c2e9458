"""The output layer of a linear-chain conditional random field."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape
from rnnkit.backend.precision import full
from rnnkit.models.lengths import is_first


class CRF(LayerSpec):
    """Scores of every pair of neighbouring labels (Lafferty et al. 2001; on recurrent states Huang
    et al. 2015).

    potentials[t, i, j] = x_t W_j + b_j + A[i, j]: label j at step t after label i. The last row of
    A holds the scores of a sequence's first label, whatever i. From the potentials alone come the
    loss (models/crf.py) and the best sequence of labels (engine/crf.py).
    """

    short: ClassVar[str | None] = "labels"
    added_by_task: ClassVar[str | None] = "crf"

    labels: int = Field(ge=1, description="how many labels there are")

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return (*inputs[:-1], self.labels, self.labels)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        return {
            "kernel": (inputs[-1], self.labels),
            "bias": (self.labels,),
            "transitions": (self.labels + 1, self.labels),
        }

    def build(self, layer: Layer) -> Any:
        import keras
        from keras import ops

        x = keras.Input(layer.inputs)
        # (batch, timesteps, labels)
        emissions = keras.layers.Dense(self.labels, name="emissions")(x)
        # An embedding that every row is looked up in is the matrix: so the export
        # holds keras' own classes alone.
        rows = ops.zeros_like(emissions[:, :1, :1], dtype="int32") + ops.arange(
            self.labels + 1, dtype="int32"
        )
        table = keras.layers.Embedding(
            self.labels + 1,
            self.labels,
            embeddings_initializer="zeros",
            name="transitions",
            **full(),
        )(rows)
        # (batch, timesteps, labels, labels)
        before = ops.where(is_first(x)[:, :, None, None], table[:, :, -1:], table[:, :, :-1])
        return keras.Model(x, emissions[:, :, None] + before, name=layer.name)

    def variables(self, built: Any) -> list[Any]:
        return [*built.get_layer("emissions").weights, *built.get_layer("transitions").weights]
