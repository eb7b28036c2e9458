"""The base of every recurrent layer: its keys, its shapes, both directions, padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from rnnkit.architecture import Layer, LayerSpec, Shape
from rnnkit.cells.cell import Cell
from rnnkit.cells.choice import Choice
from rnnkit.cells.probe import probe
from rnnkit.config.unused import Unused
from rnnkit.models.initializers import BiasInitializer, GlorotUniform, Initializer, Zeros
from rnnkit.models.lengths import is_step, last_step, reverse


class RecurrentSpec(LayerSpec):
    """A recurrent layer; it returns every step where a later layer reads along time, else its last
    state.
    """

    consumes_sequence: ClassVar[bool] = True
    short: ClassVar[str | None] = "units"
    cell: ClassVar[Cell[Any]]

    units: int = Field(ge=1, le=65_536, description="the size of the state")
    kernel_initializer: Initializer = GlorotUniform()
    bias_initializer: BiasInitializer = Zeros()
    dropout: float = Field(
        0.0, ge=0, lt=1, description="fraction of the inputs to drop, with one mask for all steps"
    )
    activation_l2: float = Field(
        0.0,
        ge=0,
        description="activation regularization: adds the outputs' mean square, times "
        "this, to the loss",
    )
    slowness_l2: float = Field(
        0.0,
        ge=0,
        description=(
            "temporal activation regularization: the same for their change from step to step"
        ),
    )
    bidirectional: bool = Field(
        False, description="a second layer reads backwards; both outputs are concatenated"
    )

    def unused_in(self, layer: Layer, *, padded: bool, carries_state: bool) -> Iterator[Unused]:
        # where sequences have unequal lengths, every step is computed by itself
        if not (padded or carries_state or layer.sequence or self._joins_directions):
            for key in ("activation_l2", "slowness_l2"):
                yield Unused(key, "the layer returns its last state alone, not every step")
        elif layer.inputs[0] == 1:
            yield Unused("slowness_l2", "there is one step")

    @property
    def _joins_directions(self) -> bool:
        """Whether both directions return every step, of which the last is taken."""
        return self.bidirectional

    @property
    def kernel(self) -> str | None:
        """The name of the fused CPU kernel that computes this layer; None if none does.

        Only the cell's own class counts: a subclass may compute something else.
        """
        return vars(type(self.cell)).get("kernel")

    def choose_kernel(self) -> Choice:
        """What computes the layer's steps in training, on the device that keras uses."""
        return Choice("generic", f"no kernel trains {type(self.cell).__name__}")

    def choose_on_gpu(self) -> Choice:
        """The same for a GPU."""
        return RecurrentSpec.choose_kernel(self)

    @property
    def is_bounded(self) -> bool:
        """Whether the state stays finite, however many steps of padding follow."""
        return False

    @property
    def reads_backwards(self) -> bool:
        return self.bidirectional

    def initializer(self, weight: str) -> Initializer:
        """The initializer of a weight, for cells that keras does not have."""
        return self.bias_initializer if weight.endswith("bias") else self.kernel_initializer

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        if not type(self.cell).__module__.startswith("rnnkit."):
            probe(self, inputs[1])
        features = self.units * (2 if self.bidirectional else 1)
        return (inputs[0], features) if sequence else (features,)

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape]:
        shapes = self.cell.shapes(inputs[1], self.units)
        if not self.bidirectional:
            return shapes
        return {
            f"{direction}/{name}": shape
            for direction in ("forward", "backward")
            for name, shape in shapes.items()
        }

    def state_shapes(self, inputs: Shape) -> tuple[Shape, ...]:
        return ((self.units,),) * self.cell.states

    def build(self, layer: Layer) -> Any:
        if self.bidirectional:
            return self.build_bidirectional(layer)
        return self.prepare_training(self.cell.keras_layer(self, layer))

    def build_bidirectional(self, layer: Layer) -> Any:
        """Both directions of a layer that reads no padding."""
        return self._both_directions(layer, padded=False)

    def prepare_training(self, built: Any) -> Any:
        """Adds what only training needs to a keras layer of one direction."""
        from rnnkit.models.regularisation import Slowness

        if self.activation_l2 or self.slowness_l2:
            built.activity_regularizer = Slowness(self.activation_l2, self.slowness_l2)
        return built

    def connect(self, layer: Layer, x: Any, lengths: Any) -> Any:
        if lengths is None:
            return self.build(layer)(x)
        if not self.bidirectional:
            return self._read(layer, layer.name, x, lengths)
        # keras' own Bidirectional would read the padding first on its way back
        return self._both_directions(layer, padded=True)([x, lengths])

    def continue_from(
        self, layer: Layer, x: Any, state: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        recurrent = self._direction(layer, layer.name)
        recurrent.return_state = True
        outputs, *after = recurrent(x, initial_state=list(state))
        return outputs, after

    def variables(self, built: Any) -> list[Any]:
        # Keras sorts the layers of a nested model by their distance from its output, not by their
        # direction.
        return sorted(built.weights, key=lambda weight: "backward" in weight.path)

    def for_export(self) -> RecurrentSpec:
        return self.model_copy(update={"dropout": 0.0, "activation_l2": 0.0, "slowness_l2": 0.0})

    def why_not_exported(self) -> str:
        if self.cell.exports:
            return ""
        return f"keras has no layer that computes {type(self.cell).__name__}"

    def _both_directions(self, layer: Layer, *, padded: bool) -> Any:
        """A nested model of (batch, timesteps, features) and, if padded, of lengths."""
        import keras
        from keras import ops

        x, lengths = keras.Input(layer.inputs), keras.Input((), dtype="int32")
        if padded:
            forward = self._read(layer, "forward", x, lengths)
            backward = self._read_backwards(layer, "backward", x, lengths)
        else:
            forward = self._direction(layer, "forward")(x)
            backward = self._direction(layer, "backward")(ops.flip(x, axis=1))
            if layer.sequence:
                backward = ops.flip(backward, axis=1)
            else:
                forward, backward = forward[:, -1], backward[:, -1]
        both = ops.concatenate([forward, backward], axis=-1)
        return keras.Model([x, lengths] if padded else x, both, name=layer.name)

    def _read(self, layer: Layer, name: str, x: Any, lengths: Any) -> Any:
        """The states of padded sequences at every step, or only each sequence's last one."""
        states = self._states(layer, name, x, lengths)
        return states if layer.sequence else last_step(states, lengths)

    def _read_backwards(self, layer: Layer, name: str, x: Any, lengths: Any) -> Any:
        """The same, reading from each sequence's own last step to its first."""
        states = self._states(layer, name, reverse(x, lengths), lengths)
        return reverse(states, lengths) if layer.sequence else last_step(states, lengths)

    def _direction(self, layer: Layer, name: str) -> Any:
        """The keras layer of one direction, which returns every step."""
        return self.prepare_training(
            self.cell.keras_layer(self, replace(layer, sequence=True, name=name))
        )

    def _states(self, layer: Layer, name: str, x: Any, lengths: Any) -> Any:
        """The states of every step; those of padding are arbitrary.

        An unbounded state is held constant there: it could overflow, and infinity times a gradient
        of zero is not a number.
        """
        from keras import ops

        recurrent = self._direction(layer, name)
        if self.is_bounded:
            return recurrent(x)
        real = is_step(x, lengths)
        # replaced by zeros, so that no mask reaches later layers
        return ops.where(real[:, :, None], recurrent(x, mask=real), 0.0)
