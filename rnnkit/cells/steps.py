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
from rnnkit.kernels.layer import WITH_MATRIX
from rnnkit.models.lengths import is_step
from rnnkit.registry import lookup

Array = np.ndarray
Arrays = Sequence[Array]


@dataclass(frozen=True)
class Steps:
    """One direction of a layer, from inputs, weights, initial state and, if `ragged`, lengths to
    the outputs and the final state.

    Args:
        kernel: The kernel's name.
        every_step: Whether the outputs of every step are wanted, not only the last.
        reverse: Whether it reads from the last step to the first.
        ragged: Whether sequences are padded.
    """

    kernel: str
    every_step: bool
    reverse: bool
    ragged: bool

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

    def _require_shapes(self, tensors: Sequence[Any], counts: Sequence[Any]) -> None:
        weights = 3 if self.kernel in WITH_MATRIX else 2
        if (states := len(tensors) - 1 - weights) != self._states:
            raise ValueError(f"found {states} states, expected {self._states}")
        call = self._pass(tensors, counts)
        batch = call.batch[0]
        expected = [*weight_shapes(call), *[(batch, call.units)] * self._states, (batch,)]
        names = [*weight_names(call), *("h0", "c0")[: self._states], "lengths"]
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
        state = len(arguments) - self._states
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

        x, *weights = arguments[: -self._states]
        units = arguments[-1].shape[-1]
        spec = lookup("layer", self.kernel)(units=units)
        by_name = dict(zip(spec.cell.shapes(x.shape[-1], units), weights, strict=True))
        is_real = is_step(x, lengths[0]) if self.ragged else None
        if self.reverse:
            x, is_real = _flipped(x), None if is_real is None else _flipped(is_real)
        state = tuple(arguments[-self._states :])
        projected = spec.cell.project(ops, x, by_name)
        outputs, state = spec.cell.scan(projected, state, by_name, spec, is_real)
        if not self.every_step:
            return [*state]
        if is_real is not None:
            outputs = ops.where(is_real[:, :, None], outputs, 0.0)
        return [_flipped(outputs) if self.reverse else outputs, *state]

    def _shapes(self, arguments: Sequence[Shape], save: bool) -> list[Shape]:
        (batch, timesteps, features), (_, units) = arguments[0], arguments[-1]
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
