"""Recurrent layers that a compiled kernel may train, and the rule that decides it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any, Self

from pydantic import PrivateAttr

from rnnkit import kernels
from rnnkit.architecture import Layer
from rnnkit.backend.device import current, float_type
from rnnkit.backend.host import why_not_on_host
from rnnkit.cells.choice import Choice
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.errors import RnnkitError

CUDNN = {"tensorflow": ("lstm", "gru"), "jax": ("lstm",)}
"""The layers for which keras uses cuDNN on a GPU."""


class TrainedSpec(RecurrentSpec):
    """A recurrent layer that a kernel computes in training, if its settings and the device allow.

    A keras layer of one direction that a kernel computes is also called with `lengths`, and with
    `go_backwards` and `keeps_places` it returns each output at the place of its input.
    """

    _trained_by: str = PrivateAttr("keras")

    def for_training(self, kernel: str) -> Self:
        spec = self.model_copy()
        spec._trained_by = kernel
        return spec

    @abstractmethod
    def obstacle(self) -> tuple[str, str]:
        """Why no kernel computes the layer on any device, and the setting that is the cause; two
        empty strings if one does.
        """

    @property
    def is_deterministic(self) -> bool:
        # of what only training needs: masks are drawn for a row, penalties are of the whole batch
        return not any(self.obstacle()) and self.for_export() == self

    def choose_kernel(self) -> Choice:
        """What computes the layer's steps in training; for cuDNN, the conditions are keras' own."""
        reason, setting = self.obstacle()
        if reason:
            return Choice("generic", reason, setting)
        if why_not_on_host():
            return self.choose_on_gpu()
        if (kind := float_type()) != "float32":
            reason = f"keras computes in {kind}, the kernels in float32"
            return Choice("generic", reason, "floatx")
        if self._trained_by == "keras":
            return Choice("generic", "train.kernel is keras", "train.kernel")
        if reason := kernels.why_missing():
            return Choice("generic", reason)
        return Choice("fused", "a compiled kernel computes all steps")

    def choose_on_gpu(self) -> Choice:
        """What would compute the layer on a GPU, whether there is one or not."""
        reason, setting = self.obstacle()
        if reason:
            return Choice("generic", reason, setting)
        if self.kernel in CUDNN[current()]:
            return Choice("cudnn", "cuDNN computes all steps on a GPU")
        others = ", ".join(CUDNN[current()])
        reason = f"keras on {current()} uses cuDNN for {others}, not for {self.kernel}"
        return Choice("generic", reason, "--backend" if self.kernel == "gru" else "")

    def is_full(self) -> bool:
        """Whether the layer computes in float32 whatever `train.precision` says, because its
        kernel does, ours or cuDNN's as keras calls it.
        """
        return self.choose_kernel().kernel != "generic"

    def is_fused(self) -> bool:
        """Whether our kernel computes the layer when it is built now.

        Raises:
            RnnkitError: If the config requires the kernel, and it cannot be used here.
        """
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
        return True

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
        # One layer further from the output than the other direction, as with keras' own steps:
        # keras sorts variables by this distance, and checkpoints identify them by their position.
        return keras.layers.Identity()(states) if layer.sequence else states

    def _with_lengths(self, layer: Layer, name: str) -> Any:
        """The keras layer of one direction if it reads the lengths itself, else None."""
        # an activity penalty includes padding, where the kernel's outputs would differ from keras'
        if self.activation_l2 or self.slowness_l2 or not self.is_fused():
            return None
        return self.prepare_training(self.cell.keras_layer(self, replace(layer, name=name)))
