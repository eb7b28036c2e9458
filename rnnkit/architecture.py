"""The one list of layers of a model: names, shapes and weights, known before any framework is
imported.

`models.build` makes a keras.Model from an Architecture, `engine` computes the same Architecture
with NumPy, and `inspect summary` prints it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, ClassVar

from rnnkit.config.spec import Spec
from rnnkit.errors import RnnkitError
from rnnkit.registry import name_of

PADDING = 0
"""The token id that fills short sequences up, where an architecture is `padded`."""

Shape = tuple[int | None, ...]
"""A shape without the batch axis: (timesteps, features) for a sequence, (features,) for a vector;
None where not known yet.
"""


class LayerSpec(Spec):
    """The base of every layer's spec."""

    consumes_sequence: ClassVar[bool] = False
    """True for layers that read along time (recurrent layers, pools): the layers before them return
    sequences.
    """

    reads_memory: ClassVar[bool] = False
    """True for attention: its state is what an encoder says at each of its steps, and how many of
    them are real.
    """

    made_by_task: ClassVar[str | None] = None
    """The kind of a layer that only a task makes and no config names."""

    @abstractmethod
    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        """The shape of the output; `sequence` tells that a later layer reads along time."""

    def weight_shapes(self, inputs: Shape) -> dict[str, Shape] | None:
        """The weights in Keras' order, or None where only keras knows (then NumPy cannot
        answer)."""
        return None

    def state_shapes(self, inputs: Shape) -> tuple[Shape, ...]:
        """What the layer remembers from one step to the next."""
        return ()

    @abstractmethod
    def build(self, layer: Layer) -> Any:
        """One keras layer (a nested keras.Model where several make one) named `layer.name`. Imports
        keras inside.
        """

    def connect(self, layer: Layer, x: Any, lengths: Any) -> Any:
        """`x` through this layer's keras layer.

        Args:
            layer: This layer in its place.
            x: A symbolic (batch, ..., features).
            lengths: (batch,) steps that are no padding, at least 1, or None where every step
                counts. A layer that reads along time must heed them.
        """
        return self.build(layer)(x)

    def go_on(self, layer: Layer, x: Any, state: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
        """Every step of `x` from `state`, and the state after the last one; for layers that have a
        state.
        """
        return self.connect(layer, x, None), state

    def for_export(self) -> LayerSpec:
        """The spec of the same layer in keras' own classes; what only training needs is left
        out."""
        return self

    def variables(self, made: Any) -> list[Any]:
        """The weights of the keras layer that was made, in the order of `weight_shapes`."""
        return made.weights

    def inner(self) -> Architecture | None:
        """The list of layers inside this one, where it has its own."""
        return None


class InputSpec(LayerSpec):
    """The base of what stands first: it turns what the data brings into features."""

    dtype: ClassVar[str] = "int32"
    """The type of the model's input: "int32" for token ids, "float32" for numbers."""

    def data_shape(self, inputs: Shape) -> Shape:
        """The shape of the data. Token ids of shape (timesteps,) stand for one-hot rows (timesteps,
        vocabulary).
        """
        return inputs[:1]

    def token_ids(self, data: Any) -> Any:
        """The token ids in a batch of data, (batch, timesteps); padding is where they are
        PADDING."""
        return data


@dataclass(frozen=True)
class Layer:
    """A layer in its place."""

    name: str
    kind: str
    spec: LayerSpec
    inputs: Shape
    outputs: Shape
    sequence: bool
    """Whether a later layer reads along time, so that this one must return every step."""

    ties: str | None = None
    """The layer whose weights this one uses."""

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
    """What makes the first states of a vector on which a text is conditioned."""
    encoder: Architecture | None = None
    """What makes that vector of another sequence, the source: the last states of its recurrent
    layers, side by side.
    """
    padded: bool = False
    """Whether sequences end in padding (token id 0), which must never change an answer."""

    @property
    def output_shape(self) -> Shape:
        return self.layers[-1].outputs

    def token_ids(self, data: Any) -> Any:
        """The token ids in a batch of data, (batch, timesteps)."""
        first = self.layers[0].spec
        assert isinstance(first, InputSpec)
        return first.token_ids(data)

    def with_condition(self, features: int, spec: type[LayerSpec]) -> Architecture:
        """The same model with its first states made of a vector.

        Args:
            features: The size of the vector.
            spec: Takes the sizes of all states as `sizes`.
        """
        made = spec(sizes=tuple(shape[0] for shapes in self.states().values() for shape in shapes))  # type: ignore[call-arg]
        return replace(
            self,
            condition=Layer(
                "condition",
                "condition",
                made,
                (features,),
                made.output_shape((features,), False),
                False,
            ),
        )

    def with_encoder(self, encoder: Architecture, spec: type[LayerSpec]) -> Architecture:
        """The same model with its first states made of the last ones of an encoder, whatever their
        sizes.

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
        """The list of layers, and what makes the first states where there is such: the encoder's
        layers, "encoder/NAME", and the condition.
        """
        encoder = (
            [replace(layer, name=f"encoder/{layer.name}") for layer in self.encoder.layers]
            if self.encoder
            else []
        )
        return (*encoder, *self.layers, *([self.condition] if self.condition else []))

    @property
    def attention(self) -> Layer | None:
        """The layer that reads what the encoder says at each step, where there is one."""
        return next((layer for layer in self.layers if layer.spec.reads_memory), None)

    def states(self) -> dict[str, tuple[Shape, ...]]:
        """What each layer that has a state carries from one step to the next, by the layer's
        name."""
        return {
            layer.name: shapes
            for layer in self.layers
            if (shapes := layer.spec.state_shapes(layer.inputs))
        }

    def for_export(self) -> Architecture:
        """The same model in keras' own classes."""
        layers = tuple(replace(layer, spec=layer.spec.for_export()) for layer in self.layers)
        return replace(self, layers=layers, encoder=self.encoder and self.encoder.for_export())

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


class ShapeMistake(RnnkitError):
    """A layer that cannot stand where it stands; `index` is its position in the list, None for the
    head.
    """

    def __init__(self, index: int | None, got: str, expected: str, hint: str = ""):
        super().__init__(
            "model.layers" if index is None else f"model.layers.{index}", got, expected, hint
        )
        self.index = index


def resolve(
    name: str,
    first: InputSpec,
    body: Sequence[LayerSpec],
    head: Mapping[str, LayerSpec],
    *,
    timesteps: int | None,
    features: int | None,
    sequence_output: bool,
    padded: bool = False,
    carries_state: bool = False,
) -> Architecture:
    """Gives every layer its name and shapes.

    Args:
        name: The model's name.
        first: What turns the data into features (embedding, one_hot, none).
        body: The layers of the config.
        head: The layers that the task adds, by name.
        timesteps: The length of a sequence, None where it varies.
        features: The vocabulary's size for token ids, the number of columns for numbers; None where
            it is not known yet.
        sequence_output: Whether the head answers at every step.
        carries_state: Whether a text is read chunk by chunk with carried state.
        padded: Whether token id 0 is padding at the end of a sequence, to be left out of account.

    Raises:
        ShapeMistake: If a layer cannot stand where it stands.
    """
    specs = [first, *body, *head.values()]
    kinds = [
        name_of("input", type(first)),
        *(spec.made_by_task or name_of("layer", type(spec)) for spec in specs[1:]),
    ]
    names = [
        *_numbered(
            [
                "numbers" if kind == "none" else kind.replace(":", ".")
                for kind in kinds[: len(body) + 1]
            ]
        ),
        *head,
    ]
    shape: Shape = (timesteps, features)
    layers: list[Layer] = []
    for position, spec in enumerate(specs):
        if spec.consumes_sequence and len(shape) < 2:
            raise _sequence_is_gone(position - 1, kinds[position], layers)
        if padded and spec.consumes_sequence and type(spec).connect is LayerSpec.connect:
            got = f"{kinds[position]} reads along time, also over the padding"
            raise ShapeMistake(
                position - 1,
                got,
                "Expected a layer whose `connect` heeds lengths",
                "Write one, or `mask: false` and `batching: fixed`",
            )
        sequence = sequence_output or any(
            later.consumes_sequence for later in specs[position + 1 :]
        )
        outputs = spec.output_shape(shape, sequence)
        ties = layers[0].name if kinds[position] == "tied" else None
        layers.append(Layer(names[position], kinds[position], spec, shape, outputs, sequence, ties))
        shape = outputs
    if sequence_output and len(shape) < 2:
        last = next(position for position, layer in enumerate(layers) if len(layer.outputs) < 2)
        got = f"a {kinds[last]} leaves one vector"
        raise ShapeMistake(
            last - 1,
            got,
            "Expected a sequence: this task answers at every step",
            f"Remove the {kinds[last]}",
        )
    if not sequence_output and len(shape) > 1:
        raise ShapeMistake(
            None,
            "no layer turns the sequence into one vector",
            "Expected a recurrent layer or a pool",
            "Add one",
        )
    return Architecture(
        name,
        first.data_shape((timesteps, features)),
        first.dtype,
        tuple(layers),
        carries_state,
        padded=padded,
    )


def _sequence_is_gone(index: int, kind: str, before: Sequence[Layer]) -> ShapeMistake:
    pool = next(layer for layer in reversed(before) if layer.spec.consumes_sequence)
    return ShapeMistake(
        index,
        f"{kind} after {pool.kind}, which leaves one vector and no sequence",
        "Expected the recurrent layers first, then at most one pool",
        "Remove one of the two pools" if kind == pool.kind else f"Move it before the {pool.kind}",
    )


def _numbered(kinds: Sequence[str]) -> list[str]:
    """Readable names: "lstm" where there is one, "lstm_1" and "lstm_2" where there are two."""
    total, seen = Counter(kinds), Counter[str]()
    names = []
    for kind in kinds:
        seen[kind] += 1
        names.append(f"{kind}_{seen[kind]}" if total[kind] > 1 else kind)
    return names
