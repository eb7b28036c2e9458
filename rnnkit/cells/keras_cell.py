"""What the layers of keras' own cells share: SimpleRNN, LSTM and GRU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from rnnkit.architecture import Layer
from rnnkit.backend.precision import full
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.cells.trained import TrainedSpec
from rnnkit.config.unused import Unused
from rnnkit.models.activations import Activation
from rnnkit.models.initializers import Initializer, Orthogonal

BOUNDED = ("hard_sigmoid", "hard_tanh", "sigmoid", "softmax", "softsign", "tanh")
"""Activations that keep a state finite, however much padding follows."""


class KerasRecurrentSpec(TrainedSpec):
    """A recurrent layer of keras' own, whose state is multiplied by recurrent weights."""

    activation: Activation = Field("tanh", description="activation of what is written to the state")
    recurrent_initializer: Initializer = Orthogonal()
    recurrent_dropout: float = Field(
        0.0, ge=0, lt=1, description="fraction of the state to drop; rules out the fast kernels"
    )
    weight_drop: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="fraction of the recurrent weights to drop, once per batch; keeps the fast "
        "kernels",
    )
    unroll: bool = Field(
        False, description="one graph node per step instead of a loop: faster for short sequences"
    )

    def unused_in(self, layer: Layer, *, padded: bool, carries_state: bool) -> Iterator[Unused]:
        yield from super().unused_in(layer, padded=padded, carries_state=carries_state)
        if layer.inputs[0] == 1 and not carries_state:
            for key in ("recurrent_initializer", "recurrent_dropout", "weight_drop", "unroll"):
                yield Unused(key, "there is one step, and no state before it")

    @property
    def _joins_directions(self) -> bool:
        return False  # keras' own wrapper joins their last states

    @property
    def kernel(self) -> str | None:
        gates = getattr(self, "recurrent_activation", "sigmoid")
        return super().kernel if (self.activation, gates) == ("tanh", "sigmoid") else None

    @property
    def is_bounded(self) -> bool:
        gates = getattr(self, "recurrent_activation", self.activation)
        return {self.activation, gates} <= {*BOUNDED}

    def build_bidirectional(self, layer: Layer) -> Any:
        import keras

        forward = self.cell.keras_layer(self, layer)
        # the layer's policy: under its own, the wrapper would round what a kernel reads
        both = keras.layers.Bidirectional(forward, name=layer.name, dtype=forward.dtype_policy)
        # keras creates both directions again from the layer's config
        for direction in (both.forward_layer, both.backward_layer):
            self.prepare_training(direction)
        return both

    def prepare_training(self, built: Any) -> Any:
        from rnnkit.models.regularisation import drop_recurrent_weights

        if self.weight_drop:
            drop_recurrent_weights(built, self.weight_drop)
        return super().prepare_training(built)

    def layer_class(self, base: type[Any]) -> Any:
        """A recurrent layer of keras, or its subclass that a compiled kernel computes.

        Raises:
            RnnkitError: If the config requires the kernel, and it cannot be used here.
        """
        from rnnkit.cells.fused import fused

        return fused(base, self.kernel or "") if self.is_fused() else base

    def obstacle(self) -> tuple[str, str]:
        if self.kernel is None:
            return self._unknown_equation()
        if self.recurrent_dropout:
            reason = "recurrent_dropout drops different numbers at each step (weight_drop does not)"
            return reason, "recurrent_dropout"
        return ("unroll needs keras' own steps", "unroll") if self.unroll else ("", "")

    def _unknown_equation(self) -> tuple[str, str]:
        """Why no kernel computes the cell, and the setting that is the cause."""
        gates = getattr(self, "recurrent_activation", "sigmoid")
        name = type(self).__name__
        if self.activation != "tanh":
            return f"no kernel computes {self.activation} in {name}", "activation"
        if gates != "sigmoid":
            return f"no kernel computes gates of {gates} in {name}", "recurrent_activation"
        return f"no kernel computes {name}", ""

    def keras_arguments(self, layer: Layer) -> dict[str, Any]:
        """The arguments that every keras recurrent layer takes."""
        return {
            "units": self.units,
            "activation": self.activation,
            "kernel_initializer": self.kernel_initializer.build(),
            "recurrent_initializer": self.recurrent_initializer.build(),
            "bias_initializer": self.bias_initializer.build(),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "unroll": self.unroll,
            "return_sequences": layer.sequence,
            "name": layer.name,
            **(full() if self.is_full() else {}),
        }

    def for_export(self) -> RecurrentSpec:
        without = {"recurrent_dropout": 0.0, "weight_drop": 0.0}
        return super().for_export().model_copy(update=without)
