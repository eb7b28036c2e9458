"""What the cells that keras has, SimpleRNN, LSTM and GRU, have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import Field, PrivateAttr

from rnnkit import kernels
from rnnkit.architecture import Layer
from rnnkit.backend.device import current, float_type
from rnnkit.backend.host import why_not_on_host
from rnnkit.cells.choice import Choice
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.errors import RnnkitError
from rnnkit.models.activations import Activation
from rnnkit.models.initializers import Initializer, Orthogonal

BOUNDED = ("hard_sigmoid", "hard_tanh", "sigmoid", "softmax", "softsign", "tanh")
"""Activations with which a state cannot grow beyond all numbers, however long the padding."""


CUDNN = {"tensorflow": ("lstm", "gru"), "jax": ("lstm",)}
"""What keras computes by cuDNN on a GPU."""


class KerasRecurrentSpec(RecurrentSpec):
    """A recurrent layer of keras' own, whose state is multiplied with recurrent weights."""

    _trained_by: str = PrivateAttr("keras")

    activation: Activation = "tanh"
    recurrent_initializer: Initializer = Orthogonal()
    recurrent_dropout: float = Field(
        0.0, ge=0, lt=1, description="the share of the state dropped; loses the fast kernels"
    )
    weight_drop: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="the share of recurrent weights dropped once a batch; keeps the fast kernels",
    )
    unroll: bool = Field(
        False, description="one graph node per step instead of a loop: faster for short sequences"
    )

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

        both = keras.layers.Bidirectional(self.cell.keras_layer(self, layer), name=layer.name)
        # keras creates both again from the layer's arguments
        for direction in (both.forward_layer, both.backward_layer):
            self.prepare_training(direction)
        return both

    def _read(self, layer: Layer, name: str, x: Any, lengths: Any) -> Any:
        recurrent = self._with_lengths(layer, name)
        return (
            recurrent(x, lengths=lengths) if recurrent else super()._read(layer, name, x, lengths)
        )

    def _read_backwards(self, layer: Layer, name: str, x: Any, lengths: Any) -> Any:
        import keras

        recurrent = self._with_lengths(layer, name)
        if recurrent is None:
            return super()._read_backwards(layer, name, x, lengths)
        recurrent.go_backwards = recurrent.keeps_places = True
        states = recurrent(x, lengths=lengths)
        # Further from the output than the other direction, as with keras' own steps: keras sorts
        # the variables by that, and a checkpoint knows them by their number.
        return keras.layers.Identity()(states) if layer.sequence else states

    def _with_lengths(self, layer: Layer, name: str) -> Any:
        """The keras layer of one direction, where it reads the lengths itself; else None."""
        # a penalty is of what keras gives in the padding, too
        if self.activation_l2 or self.slowness_l2 or not self._is_fused():
            return None
        return self.prepare_training(self.cell.keras_layer(self, replace(layer, name=name)))

    def prepare_training(self, built: Any) -> Any:
        from rnnkit.models.regularisation import drop_recurrent_weights

        if self.weight_drop:
            drop_recurrent_weights(built, self.weight_drop)
        return super().prepare_training(built)

    def for_training(self, kernel: str) -> KerasRecurrentSpec:
        spec = self.model_copy()
        spec._trained_by = kernel
        return spec

    def layer_class(self, base: type[Any]) -> Any:
        """A recurrent layer of keras, or the subclass that a compiled kernel computes.

        Raises:
            RnnkitError: If the kernel is insisted on, and cannot be used here.
        """
        from rnnkit.cells.fused import fused

        return fused(base, self.kernel or "") if self._is_fused() else base

    def _is_fused(self) -> bool:
        choice = self.choose_kernel()
        if choice.kernel != "fused":
            if self._trained_by == "fused":
                raise RnnkitError(
                    "train.kernel",
                    f"fused, but {choice.reason}",
                    "",
                    "Use `auto`, which takes keras' own layers there",
                )
            return False
        kernels.threads()  # a wrong RNNKIT_THREADS is named here, and not from within keras
        return True

    def choose_kernel(self) -> Choice:
        """The rule that the layer is built by; keras itself takes cuDNN's kernels on the same
        conditions.
        """
        if self.kernel is None:
            return self._generic(*self._unknown_equation())
        if self.recurrent_dropout:
            reason = "recurrent_dropout drops other numbers at each step (weight_drop does not)"
            return self._generic(reason, "recurrent_dropout")
        if self.unroll:
            return self._generic("unroll asks for keras' own steps", "unroll")
        if reason := why_not_on_host():
            if self.kernel in CUDNN[current()]:
                return Choice("cudnn", reason)
            return self._generic(f"keras on a GPU has no kernel of {self.kernel}", "--device")
        if (kind := float_type()) != "float32":
            return self._generic(f"keras computes in {kind}, the kernels in float32", "floatx")
        if self._trained_by == "keras":
            return self._generic("train.kernel is keras", "train.kernel")
        if reason := kernels.why_missing():
            return self._generic(reason)
        return Choice("fused", "a compiled kernel computes all steps")

    def _generic(self, reason: str, setting: str = "") -> Choice:
        return Choice("generic", reason, setting)

    def _unknown_equation(self) -> tuple[str, str]:
        """Why no kernel computes the cell, and the setting that makes it so."""
        gates = getattr(self, "recurrent_activation", "sigmoid")
        name = type(self.cell).__name__
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
        }

    def for_export(self) -> RecurrentSpec:
        return super().for_export().model_copy(update={"weight_drop": 0.0})
