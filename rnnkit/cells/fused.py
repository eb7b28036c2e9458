"""Keras' recurrent layers, computed by compiled kernels: same weights, config and results."""

from __future__ import annotations

from functools import cache
from typing import Any

from rnnkit.backend.host import is_compiled_by_xla
from rnnkit.cells.steps import Steps
from rnnkit.errors import at


def fused(base: Any, kernel: str) -> Any:
    """The subclass of a recurrent layer of keras whose steps a kernel computes.

    It falls back to keras' own steps for what no kernel computes: a mask, `recurrent_dropout`,
    other activations, half precision, no bias, TensorFlow code that XLA compiles. Its call also
    takes `lengths` (batch,), which only the kernel reads: padding does not change the state, and
    outputs are zero there. With `keeps_places`, a layer that reads backwards returns each output at
    the place of its input.
    """
    return _fused(base, kernel)


def takes_kernel(layer: Any) -> bool:
    """Whether a kernel computes a recurrent layer of keras with these settings."""
    from keras.activations import sigmoid, tanh

    gates = getattr(layer, "recurrent_activation", sigmoid)
    return (
        (layer.activation, gates) == (tanh, sigmoid)
        and layer.compute_dtype == layer.variable_dtype == "float32"
        and layer.use_bias
        and getattr(layer, "reset_after", True)
        and not layer.recurrent_dropout
        and getattr(layer, "use_cudnn", "auto") is not True
    )


def __getattr__(name: str) -> Any:
    """The subclass of this name: pickle looks it up in this module."""
    if name not in (kernels := {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}):
        raise AttributeError(name)
    import keras

    return fused(getattr(keras.layers, name), kernels[name])


@cache
def _fused(base: Any, kernel: str) -> Any:
    import keras
    from keras import ops

    class Fused(base):
        keeps_places = False

        def call(
            self,
            sequences: Any,
            initial_state: Any = None,
            mask: Any = None,
            training: bool = False,
            lengths: Any = None,
        ) -> Any:
            # read by `inner_loop`; not by keras' __setattr__, which would track it
            object.__setattr__(self, "_lengths", lengths)
            self._from_zeros = initial_state is None and not self.stateful
            return super().call(
                sequences, initial_state=initial_state, mask=mask, training=training
            )

        def inner_loop(
            self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
        ) -> Any:
            if mask is not None or not takes_kernel(self) or is_compiled_by_xla():
                if self._lengths is not None:
                    raise ValueError("lengths are given to a layer that no kernel computes")
                return super().inner_loop(sequences, initial_state, mask, training=training)
            if training and self.dropout:
                drop = self.cell.get_dropout_mask(sequences[:, 0, :])
                sequences = sequences * ops.expand_dims(drop, axis=1)
            cell, lengths = self.cell, self._lengths
            weights = (cell.kernel, cell.recurrent_kernel, cell.bias)
            is_ragged, from_zeros = lengths is not None, self._from_zeros
            steps = Steps(kernel, self.return_sequences, self.go_backwards, is_ragged, from_zeros)
            arguments = (sequences, *weights, *(() if from_zeros else initial_state))
            with at(self.name):
                outputs, *state = steps(arguments, () if lengths is None else (lengths,), training)
            if self.return_sequences and self.go_backwards and not self.keeps_places:
                outputs = ops.flip(outputs, axis=1)
            return state[0], outputs, state

    Fused.__name__ = Fused.__qualname__ = base.__name__
    # registered, because keras' Bidirectional copies a layer by its config
    return keras.saving.register_keras_serializable(package="rnnkit")(Fused)
