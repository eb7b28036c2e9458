"""The resolved list of layers of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from rnnkit.architecture.layers import InputSpec, Layer, LayerSpec, Shape
from rnnkit.config.unused import Unused


@dataclass(frozen=True)
class Architecture:
    """The resolved list of layers, from the input to the head."""

    name: str
    input_shape: Shape
    input_dtype: str
    layers: tuple[Layer, ...]
    carries_state: bool = False
    """Whether a text is read in chunks, each starting from the final state of the one before."""
    condition: Layer | None = None
    """The layer that computes the initial states from the vector on which a text is conditioned."""
    encoder: Architecture | None = None
    """The model that computes this vector from another sequence, the source: the last states of its
    recurrent layers, concatenated.
    """
    padded: bool = False
    """Whether sequences end in padding (token id 0), which must never change an answer."""

    @property
    def output_shape(self) -> Shape:
        return self.layers[-1].outputs

    def token_ids(self, data: Any) -> Any:
        """The token ids in a batch of data, (batch, timesteps)."""
        return self.input_spec.token_ids(data)

    @property
    def input_spec(self) -> InputSpec:
        """The spec of the first layer, which turns the data into features."""
        spec = self.layers[0].spec
        assert isinstance(spec, InputSpec)
        return spec

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
        """The same model with its initial states computed from the last states of an encoder,
        whatever their sizes.

        Args:
            encoder: A model with outputs at every step.
            spec: As in `with_condition`.
        """
        features = sum(
            layer.outputs[-1] or 0
            for layer in encoder.layers
            if layer.spec.state_shapes(layer.inputs)
        )
        return replace(self.with_condition(features, spec), encoder=encoder)

    @property
    def all_layers(self) -> tuple[Layer, ...]:
        """Every layer: those of the encoder, as "encoder/NAME", the model's own, and the one that
        computes the initial states.
        """
        encoder = (
            [replace(layer, name=f"encoder/{layer.name}") for layer in self.encoder.layers]
            if self.encoder
            else []
        )
        return (*encoder, *self.layers, *([self.condition] if self.condition else []))

    @property
    def attention(self) -> Layer | None:
        """The layer that attends to the encoder's outputs; None if there is none."""
        return next((layer for layer in self.layers if layer.spec.reads_memory), None)

    def states(self) -> dict[str, tuple[Shape, ...]]:
        """The shapes of the state that each stateful layer carries from step to step, by name."""
        return {
            layer.name: shapes
            for layer in self.layers
            if (shapes := layer.spec.state_shapes(layer.inputs))
        }

    def for_training(self, kernel: str) -> Architecture:
        """The same model for training with a kernel (`LayerSpec.for_training`)."""
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
        """Why plain keras cannot open the model, with the layer's name; "" if it can."""
        return next(
            (
                f"{layer.name}: {reason}"
                for layer in self.all_layers
                if (reason := layer.spec.why_not_exported())
            ),
            "",
        )

    def unused(self, body: int) -> Iterator[Unused]:
        """The keys of the config's layers that do nothing in their places: "layers.0.drop".

        Args:
            body: How many layers the config lists; the head comes after them.
        """
        for index, layer in enumerate(self.layers[1 : body + 1]):
            unused = layer.spec.unused_in(
                layer, padded=self.padded, carries_state=self.carries_state
            )
            for setting in unused:
                yield replace(setting, key=f"layers.{index}.{setting.key}")

    def weight_shapes(self) -> dict[str, Shape]:
        """The shape of every weight that is known without keras, by "layer/weight", in the order of
        the layers.
        """
        return {
            f"{layer.name}/{key}": shape
            for layer in self.all_layers
            for key, shape in (layer.weights or {}).items()
        }

    def unlisted_layers(self) -> list[str]:
        """The names of the layers whose weights only keras knows."""
        return [layer.name for layer in self.all_layers if layer.weights is None]
