"""What every layer declares: its spec, and the spec in its place in a model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from rnnkit.config.spec import Spec
from rnnkit.config.unused import Unused
from rnnkit.errors import RnnkitError

if TYPE_CHECKING:
    from rnnkit.architecture.architecture import Architecture

PADDING = 0
"""The token id of padding, where an architecture is `padded`."""

Shape = tuple[int | None, ...]
"""A shape without the batch axis: (timesteps, features) for a sequence, (features,) for a vector;
an unknown size is None.
"""


class LayerSpec(Spec):
    """The base of every layer's spec."""

    consumes_sequence: ClassVar[bool] = False
    """True for layers that read along time (recurrent layers, pools): the layers before them return
    sequences.
    """

    reads_memory: ClassVar[bool] = False
    """True for attention, whose state is an encoder's outputs and how many of their steps are real.
    """

    added_by_task: ClassVar[str | None] = None
    """The kind of a layer that only a task adds; None for layers that a config may name."""

    @abstractmethod
    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        """The shape of the output; `sequence` says whether a later layer reads along time."""

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape] | None:
        """The weights' shapes, in Keras' order; None if only keras knows them, so that NumPy
        cannot compute the layer.
        """
        return None

    def state_shapes(self, inputs: Shape) -> tuple[Shape, ...]:
        """The shape of each array of the state, which is carried from step to step."""
        return ()

    def state_inputs(self, inputs: Shape) -> list[tuple[Shape, str]]:
        """The shape and type of each array of the state, as inputs of a model."""
        return [(shape, "float32") for shape in self.state_shapes(inputs)]

    def unused_in(self, layer: Layer, *, padded: bool, carries_state: bool) -> Iterable[Unused]:
        """The fields that do nothing in this place.

        Args:
            layer: The layer.
            padded: Whether sequences end in padding.
            carries_state: Whether it continues from the state of the chunk before.
        """
        return ()

    @property
    def handles_padding(self) -> bool:
        """Whether the outputs do not depend on padding after the sequence."""
        return not self.consumes_sequence or type(self).connect is not LayerSpec.connect

    @property
    def is_deterministic(self) -> bool:
        """Whether training, too, gives equal inputs equal outputs, so that inputs that occur
        several times may be computed once: nothing is dropped at random, and nothing is measured
        over a batch. False where that is unknown.
        """
        return False

    @property
    def reads_backwards(self) -> bool:
        """Whether half of the outputs come from a second pass, which reads backwards."""
        return False

    @abstractmethod
    def build(self, layer: Layer) -> Callable[..., Any]:
        """One keras layer named `layer.name`, or a nested keras.Model of several. Imports keras
        inside.
        """

    def connect(self, layer: Layer, x: Any, lengths: Any) -> Any:
        """The output of this layer's keras layer for a symbolic input.

        Args:
            layer: The layer.
            x: A symbolic (batch, ..., features).
            lengths: (batch,) steps that are not padding, at least 1; None if there is no padding. A
                layer that reads along time must handle them.

        Raises:
            RnnkitError: If the keras layer's name is not that of `layer`.
        """
        built = self.build(layer)
        if (name := getattr(built, "name", None)) != layer.name:
            got, expected = f"the keras layer is named {name!r}", f"Expected {layer.name!r}"
            raise RnnkitError(f"{layer.kind}: build", got, expected, "Pass it `name=layer.name`")
        return built(x)

    def continue_from(
        self, layer: Layer, x: Any, state: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """The outputs at every step of `x`, starting from `state`, and the state after the last.

        A layer with a state overrides this; here the state passes through.
        """
        return self.connect(layer, x, None), state

    def for_training(self, kernel: str) -> LayerSpec:
        """The same layer for training: by its compiled kernel ("fused"), by keras' own steps
        ("keras"), or by the faster of the two ("auto").
        """
        return self

    def for_export(self) -> LayerSpec:
        """The same layer in keras' own classes, without what only training needs."""
        return self

    def why_not_exported(self) -> str:
        """Why plain keras cannot open the layer; "" if it can."""
        inner = self.inner()
        return inner.why_not_exported() if inner else ""

    def variables(self, built: Any) -> list[Any]:
        """The variables of the built keras layer, in the order of `weight_shapes`."""
        return built.weights

    def inner(self) -> Architecture | None:
        """The list of layers inside this one; None if it has none."""
        return None


class InputSpec(LayerSpec):
    """The base of input layers, which turn the data into features."""

    dtype: ClassVar[str] = "int32"
    """The type of the model's input: "int32" for token ids, "float32" for numbers."""

    def data_shape(self, inputs: Shape) -> Shape:
        """The shape of the data, by that of the features: here (timesteps,) token ids for
        (timesteps, vocabulary) one-hot rows.
        """
        return inputs[:1]

    def token_ids(self, data: Any) -> Any:
        """The token ids in a batch of data, (batch, timesteps); PADDING marks padded steps."""
        return data

    def is_padding(self, xp: Any, data: Any) -> Any:
        """Which steps of a batch of data are padding, (batch, timesteps) booleans.

        Args:
            xp: The array namespace: numpy or keras.ops.
            data: A batch of model inputs.
        """
        return xp.equal(self.token_ids(data), PADDING)

    def without_padding(self, xp: Any, data: Any) -> Any:
        """The data with padding replaced by numbers that the layer can read; arguments as in
        `is_padding`.
        """
        return data


@dataclass(frozen=True)
class Layer:
    """A layer in its place in a model."""

    name: str
    kind: str
    spec: LayerSpec
    inputs: Shape
    outputs: Shape
    sequence: bool
    """Whether a later layer reads along time, so that this one must return every step."""

    ties: str | None = None
    """The name of the layer whose weights this one shares."""

    @property
    def weights(self) -> dict[str, Shape] | None:
        return self.spec.weight_shapes(self.inputs)

    @property
    def parameters(self) -> int | None:
        return (
            None
            if self.weights is None
            else sum(prod(size or 0 for size in shape) for shape in self.weights.values())
        )
