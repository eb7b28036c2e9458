"""Keras' recurrent layers, computed by the compiled kernels: same weights, config and answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from rnnkit import kernels
from rnnkit.backend.host import HostFunction, on_host

Array = np.ndarray


def fused(base: Any, kernel: str) -> Any:
    """The subclass of a recurrent layer of keras whose steps a kernel computes.

    Where a mask or `recurrent_dropout` is asked for, keras' own steps are taken. Beyond keras'
    arguments its call takes `lengths` (batch,): the state does not change in the padding, and the
    outputs are zeros there. Where `keeps_places` is set, a layer that reads backwards gives each
    output where its input is.
    """
    return _fused(base, kernel)


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
            # for `inner_loop`; not through keras' __setattr__, which would track it
            object.__setattr__(self, "_lengths", lengths)
            return super().call(
                sequences, initial_state=initial_state, mask=mask, training=training
            )

        def inner_loop(
            self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
        ) -> Any:
            if mask is not None or self.recurrent_dropout:
                return super().inner_loop(sequences, initial_state, mask, training=training)
            if training and self.dropout:
                drop = self.cell.get_dropout_mask(sequences[:, 0, :])
                sequences = sequences * ops.expand_dims(drop, axis=1)
            cell, lengths = self.cell, self._lengths
            weights = (cell.kernel, cell.recurrent_kernel, cell.bias)
            results = on_host(
                steps(kernel, self.return_sequences, self.go_backwards, training),
                [ops.convert_to_tensor(array) for array in (sequences, *weights, *initial_state)],
                () if lengths is None else (lengths,),
            )
            outputs, *state = results if self.return_sequences else (results[0], *results)
            for array in state:
                array.set_shape((sequences.shape[0], cell.units))
            if self.return_sequences:
                outputs.set_shape((*sequences.shape[:2], cell.units))
                if self.go_backwards and not self.keeps_places:
                    outputs = ops.flip(outputs, axis=1)
            return state[0], outputs, state

    Fused.__name__ = Fused.__qualname__ = base.__name__
    # keras' Bidirectional makes two layers of one by its config
    return keras.saving.register_keras_serializable(package="rnnkit")(Fused)


def steps(kernel: str, every_step: bool, reverse: bool, training: bool) -> HostFunction:
    """All steps of a layer, of inputs, its three weights and its state: each step's outputs where
    asked for, and the last state.
    """
    states = 2 if kernel == "lstm" else 1

    def layer(arguments: Sequence[Array], lengths: Sequence[Array]) -> kernels.Pass:
        inputs, *weights = arguments[:4]
        return kernels.Pass(
            kernel,
            inputs,
            weights,
            lengths=lengths[0] if lengths else None,
            state=arguments[4:],
            reverse=reverse,
        )

    def forward(arguments: Sequence[Array], lengths: Sequence[Array]) -> list[Array]:
        (answer,) = kernels.forward(
            [layer(arguments, lengths)], every_step=every_step, save=training
        )
        outputs = [] if answer.outputs is None else [answer.outputs]
        results = [*outputs, *answer.state] if every_step else [*answer.state, *outputs]
        return results if answer.saved is None else [*results, answer.saved]

    def backward(
        arguments: Sequence[Array],
        lengths: Sequence[Array],
        every: Sequence[Array],
        of_results: Sequence[Array],
    ) -> list[Array]:
        one = layer(arguments, lengths)
        if training:
            *results, saved = every
            outputs = results[0] if every_step else results[-1]
            answer = kernels.Outputs(outputs, (), saved)
        else:  # nothing was kept: gradients are rarely asked of answers
            (answer,) = kernels.forward([one], save=True)
        of_outputs, of_state = None, list(of_results)
        if every_step:
            of_outputs, *of_state = of_results
        (gradients,) = kernels.backward([one], [answer], [of_outputs], [of_state])
        assert gradients.inputs is not None
        return [gradients.inputs, *gradients.weights, *gradients.state]

    kept = 0 if not training else 1 if every_step else 2
    return HostFunction(forward, backward, states + every_step, kept)
