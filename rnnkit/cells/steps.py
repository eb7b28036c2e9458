"""All steps of a recurrent layer by a compiled kernel, as a single operation of the framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit import kernels
from rnnkit.backend.device import current
from rnnkit.backend.host import HostFunction, Native, Shape, on_host
from rnnkit.kernels.calls import weight_names, weight_shapes
from rnnkit.kernels.layer import GATES, WITH_MATRIX
from rnnkit.models.lengths import is_step
from rnnkit.registry import lookup

Array = np.ndarray
Arrays = Sequence[Array]


@dataclass(frozen=True)
class Steps:
    """One direction of a layer, from inputs, weights, initial state unless that is zeros, and, if
    `ragged`, lengths to the outputs and the final state.

    Args:
        kernel: The kernel's name.
        every_step: Whether the outputs of every step are wanted, not only the last.
        reverse: Whether it reads from the last step to the first.
        ragged: Whether sequences are padded.
        from_zeros: Whether the initial state is zeros, and no argument: the first step has no
            product with the recurrent matrix then.
    """

    kernel: str
    every_step: bool
    reverse: bool
    ragged: bool
    from_zeros: bool

    def __call__(self, arguments: Sequence[Any], lengths: Sequence[Any], training: bool) -> Any:
        """The outputs, of every step or of the last one, followed by the final state.

        Raises:
            ValueError: If shapes do not fit: XLA would read out of bounds.
        """
        from keras import ops

        tensors = [ops.convert_to_tensor(argument) for argument in arguments]
        counts = [ops.cast(array, "int32") for array in lengths]
        self._require_shapes(tensors, counts)
        if current() == "jax":  # compiled code cannot refuse a length, which bounds its writes
            counts = [ops.clip(array, 0, tensors[0].shape[1]) for array in counts]
        results = on_host(self._function(), tensors, counts, keep=training)
        return results if self.every_step else (results[0], *results)

    @property
    def _states(self) -> int:
        return 2 if self.kernel == "lstm" else 1

    @property
    def _given_states(self) -> int:
        return 0 if self.from_zeros else self._states

    def _require_shapes(self, tensors: Sequence[Any], counts: Sequence[Any]) -> None:
        weights = 3 if self.kernel in WITH_MATRIX else 2
        if (states := len(tensors) - 1 - weights) != self._given_states:
            raise ValueError(f"found {states} states, expected {self._given_states}")
        call = self._pass(tensors, counts)
        batch = call.batch[0]
        expected = [*weight_shapes(call), *[(batch, call.units)] * self._given_states, (batch,)]
        names = [*weight_names(call), *("h0", "c0")[: self._given_states], "lengths"]
        for name, tensor, shape in zip(names, [*tensors[1:], *counts], expected, strict=False):
            if not _fits(tuple(tensor.shape), shape):
                raise ValueError(f"{name}: found the shape {tensor.shape}, expected {shape}")

    def _function(self) -> HostFunction:
        library = kernels.load()
        native = Native(
            "rnnkit_layer",
            library.rnnkit_xla_forward,
            library.rnnkit_xla_backward,
            {
                "cell": kernels.CELLS.index(self.kernel),
                "every_step": self.every_step,
                "from_zeros": self.from_zeros,
                "ragged": self.ragged,
                "reverse": self.reverse,
                "threads": kernels.threads(),
            },
        )
        results = self._states + self.every_step
        return HostFunction(
            self._forward, self._backward, results, self._shapes, native, self._equation
        )

    def _pass(self, arguments: Arrays, lengths: Arrays) -> kernels.Pass:
        state = len(arguments) - self._given_states
        return kernels.Pass(
            self.kernel,
            arguments[0],
            arguments[1:state],
            lengths=lengths[0] if self.ragged else None,
            state=arguments[state:],
            reverse=self.reverse,
        )

    def _forward(self, arguments: Arrays, lengths: Arrays, save: bool) -> list[Array]:
        (answer,) = kernels.forward(
            [self._pass(arguments, lengths)], every_step=self.every_step, save=save
        )
        outputs = [] if answer.outputs is None else [answer.outputs]
        results = [*outputs, *answer.state] if self.every_step else [*answer.state, *outputs]
        return results if answer.saved is None else [*results, answer.saved]

    def _backward(
        self, arguments: Arrays, lengths: Arrays, results: Arrays, result_gradients: Arrays
    ) -> list[Array]:
        call = self._pass(arguments, lengths)
        if len(results) > self._states + self.every_step:
            outputs = results[0 if self.every_step else self._states]
            answer = kernels.Outputs(outputs, (), results[-1])
        else:  # nothing was saved, as for inference, whose gradients are rarely wanted
            (answer,) = kernels.forward([call], save=True)
        of_outputs = result_gradients[0] if self.every_step else None
        of_state = result_gradients[self.every_step :]
        (gradients,) = kernels.backward([call], [answer], [of_outputs], [of_state])
        assert gradients.inputs is not None
        return [gradients.inputs, *gradients.weights, *gradients.state]

    def _equation(self, arguments: Sequence[Any], lengths: Sequence[Any]) -> list[Any]:
        """The same results in operations of keras, for gradients of gradients."""
        from keras import ops

        call = self._pass(arguments, lengths)
        x, weights, units = call.inputs, call.weights, call.units
        spec = lookup("layer", self.kernel)(units=units)
        by_name = dict(zip(spec.cell.shapes(x.shape[-1], units), weights, strict=True))
        is_real = is_step(x, lengths[0]) if self.ragged else None
        if self.reverse:
            x, is_real = _flipped(x), None if is_real is None else _flipped(is_real)
        state = tuple(call.state)
        if self.from_zeros:
            state = (ops.zeros((ops.shape(x)[0], units), x.dtype),) * self._states
        projected = spec.cell.project(ops, x, by_name)
        outputs, state = spec.cell.scan(projected, state, by_name, spec, is_real)
        if not self.every_step:
            return [*state]
        if is_real is not None:
            outputs = ops.where(is_real[:, :, None], outputs, 0.0)
        return [_flipped(outputs) if self.reverse else outputs, *state]

    def _shapes(self, arguments: Sequence[Shape], save: bool) -> list[Shape]:
        (batch, timesteps, features), units = arguments[0], arguments[1][-1]
        units = units and units // GATES[self.kernel]
        outputs: list[Shape] = [(batch, timesteps, units)]
        state: list[Shape] = [(batch, units)] * self._states
        if not save:
            return [*outputs, *state] if self.every_step else state
        saved = kernels.saved_floats(self.kernel, batch, timesteps, features, units)
        results = [*outputs, *state] if self.every_step else [*state, *outputs]
        return [*results, (saved,)]


def _flipped(x: Any) -> Any:
    from keras import ops

    return ops.flip(x, axis=1)


def _fits(found: Shape, expected: Shape) -> bool:
    """Whether two shapes agree, as far as their sizes are known."""
    return len(found) == len(expected) and all(
        None in both or both[0] == both[1] for both in zip(found, expected, strict=True)
    )
