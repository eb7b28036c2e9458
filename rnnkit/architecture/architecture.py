"""The resolved list of layers of a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from rnnkit.architecture.layers import InputSpec, Layer, LayerSpec, Shape


@dataclass(frozen=True)
class Architecture:
    """The resolved list of layers, from the input to the head."""

    name: str
    input_shape: Shape
    input_dtype: str
    layers: tuple[Layer, ...]
    carries_state: bool = False
    """Whether a text is read chunk by chunk, each from the state after the one before."""
    condition: Layer | None = None
    """The layer that computes the initial states from a vector on which a text is conditioned."""
    encoder: Architecture | None = None
    """What computes that vector from another sequence, the source: the last states of its recurrent
    layers, side by side.
    """
    padded: bool = False
    """Whether sequences end in padding (token id 0), which must never change an answer."""

    @property
    def output_shape(self) -> Shape:
        return self.layers[-1].outputs

    def token_ids(self, data: Any) -> Any:
        """The token ids in a batch of data, (batch, timesteps)."""
        return self.first.token_ids(data)

    @property
    def first(self) -> InputSpec:
        """What turns the data into features."""
        first = self.layers[0].spec
        assert isinstance(first, InputSpec)
        return first

    def with_condition(self, features: int, spec: Callable[..., LayerSpec]) -> Architecture:
        """The same model with its initial states computed from a vector.

        Args:
            features: The size of the vector.
            spec: Takes the sizes of all states as `sizes`.
        """
        sizes = tuple(shape[0] for shapes in self.states().values() for shape in shapes)
        condition = spec(sizes=sizes)
        outputs = condition.output_shape((features,), False)
        layer = Layer("condition", "condition", condition, (features,), outputs, False)
        return replace(self, condition=layer)

    def with_encoder(self, encoder: Architecture, spec: Callable[..., LayerSpec]) -> Architecture:
        """The same model with its initial states computed from the last ones of an encoder,
        whatever their sizes.

        Args:
            encoder: It answers at every step.
            spec: As of `with_condition`.
        """
        last = sum(
            layer.outputs[-1] or 0
            for layer in encoder.layers
            if layer.spec.state_shapes(layer.inputs)
        )
        return replace(self.with_condition(last, spec), encoder=encoder)

    @property
    def all_layers(self) -> tuple[Layer, ...]:
        """The list of layers, and what computes the initial states where there is such: the
        encoder's layers, "encoder/NAME", and the condition.
        """
        encoder = (
            [replace(layer, name=f"encoder/{layer.name}") for layer in self.encoder.layers]
            if self.encoder
            else []
        )
        return (*encoder, *self.layers, *([self.condition] if self.condition else []))

    @property
    def attention(self) -> Layer | None:
        """The layer that reads the encoder's output at each step, where there is one."""
        return next((layer for layer in self.layers if layer.spec.reads_memory), None)

    def states(self) -> dict[str, tuple[Shape, ...]]:
        """What each layer that has a state carries from one step to the next, by the layer's
        name."""
        return {
            layer.name: shapes
            for layer in self.layers
            if (shapes := layer.spec.state_shapes(layer.inputs))
        }

    def for_training(self, kernel: str) -> Architecture:
        """The same model as it is trained, with this kernel (`LayerSpec.for_training`)."""
        layers = tuple(
            replace(layer, spec=layer.spec.for_training(kernel)) for layer in self.layers
        )
        return replace(
            self, layers=layers, encoder=self.encoder and self.encoder.for_training(kernel)
        )

    def for_export(self) -> Architecture:
        """The same model in keras' own classes."""
        layers = tuple(replace(layer, spec=layer.spec.for_export()) for layer in self.layers)
        return replace(self, layers=layers, encoder=self.encoder and self.encoder.for_export())

    def why_not_exported(self) -> str:
        """Why plain keras cannot open the model, with the layer's name; "" where it can."""
        return next(
            (
                f"{layer.name}: {reason}"
                for layer in self.all_layers
                if (reason := layer.spec.why_not_exported())
            ),
            "",
        )

    def weight_shapes(self) -> dict[str, Shape]:
        """Every weight that is known without keras: "layer/weight" to shape, in the order of the
        layers.
        """
        return {
            f"{layer.name}/{key}": shape
            for layer in self.all_layers
            for key, shape in (layer.weights or {}).items()
        }

    def unlisted_layers(self) -> list[str]:
        """The layers whose weights only keras knows."""
        return [layer.name for layer in self.all_layers if layer.weights is None]
