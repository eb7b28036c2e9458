"""Sparse gradients of embeddings, by the rows that a batch reads, and optimizers that update only
these rows, so that a step costs the same for a vocabulary of any size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from rnnkit.backend.device import current


class Rows(NamedTuple):
    """The gradient of a table by the rows that were read.

    Args:
        ids: (count,) rows of the table; an index past its end stands for no row.
        values: (count, width) gradients.
    """

    ids: Any
    values: Any


@dataclass(frozen=True)
class Tables:
    """The embeddings of a keras model whose gradients a step takes as `Rows`.

    Args:
        layers: The embeddings.
        summed: Whether a row that is read several times must occur once, because gradients are
            squared or measured.
    """

    layers: Sequence[Any]
    summed: bool

    def place_of(self, variable: Any) -> int | None:
        """The index of the layer that a variable belongs to; None if it belongs to none."""
        places = (place for place, layer in enumerate(self.layers) if layer.embeddings is variable)
        return next(places, None)


def take_rows(model: Any, optimizer: Any, *, lazy: bool) -> Tables:
    """Makes an optimizer, not built yet, take `Rows` as gradients of embeddings: lazy Adam, or one
    that only adds gradients to the weights, for which rows make no difference.

    An embedding that is also the output layer has a gradient for all rows.
    """
    layers = list(embeddings_of(model)) if lazy or _only_adds(optimizer) else []
    if not layers:
        return Tables([], summed=False)
    summed = lazy or bool(optimizer.global_clipnorm or optimizer.clipvalue)
    if lazy:  # decays the weights of the rows that were read, and no others
        optimizer.exclude_from_weight_decay([layer.embeddings for layer in layers])
    move = partial(_lazy_adam if lazy else _sgd, optimizer)
    optimizer._clip_gradients = partial(_clipped, optimizer._clip_gradients)
    optimizer.update_step = partial(_updated, optimizer.update_step, move)
    return Tables(layers, summed)


def embeddings_of(model: Any) -> Iterator[Any]:
    """The embeddings of a keras model that only look up rows of their table."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from embeddings_of(layer)
        elif (
            type(layer) in (keras.layers.Embedding, keras.layers.ReversibleEmbedding)
            and layer.trainable
            and layer.embeddings_regularizer is None
            and not layer.mask_zero
            and not any(node.arguments.kwargs.get("reverse") for node in layer._inbound_nodes)
        ):
            yield layer


def _only_adds(optimizer: Any) -> bool:
    import keras

    return (
        type(optimizer) is keras.optimizers.SGD
        and not optimizer.momentum
        and not optimizer.gradient_accumulation_steps
    )


def _clipped(clip: Callable[[list[Any]], list[Any]], gradients: Sequence[Any]) -> list[Any]:
    """Clips gradients, by their values where they are rows, as all others are zeros."""
    arrays = [one.values if isinstance(one, Rows) else one for one in gradients]
    return [
        Rows(one.ids, array) if isinstance(one, Rows) else array
        for one, array in zip(gradients, clip(arrays), strict=True)
    ]


def _updated(of_keras: Any, move: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    step = move if isinstance(gradient, Rows) else of_keras
    step(gradient, variable, learning_rate)


def _sgd(optimizer: Any, rows: Rows, variable: Any, learning_rate: Any) -> None:
    from keras import ops

    _add(variable, rows.ids, rows.values * -ops.cast(learning_rate, variable.dtype))


def _lazy_adam(optimizer: Any, rows: Rows, variable: Any, learning_rate: Any) -> None:
    """Adam's update, by keras' equations, of some rows; others keep their weights and averages."""
    from keras import ops

    index, kind = optimizer._get_variable_index(variable), variable.dtype
    rate, step = ops.cast(learning_rate, kind), ops.cast(optimizer.iterations + 1, kind)
    powers = (ops.power(ops.cast(beta, kind), step) for beta in _betas(optimizer))
    first, second = (1 - power for power in powers)
    averages = [
        _averaged(slot[index], rows.ids, gradient, 1 - beta)
        for slot, gradient, beta in zip(
            (optimizer._momentums, optimizer._velocities),
            (rows.values, ops.square(rows.values)),
            _betas(optimizer),
            strict=True,
        )
    ]
    momentum, velocity = averages
    if optimizer.amsgrad:
        largest = optimizer._velocity_hats[index]
        velocity = ops.maximum(_read(largest, rows.ids), velocity)
        _write(largest, rows.ids, velocity)
    move = rate * ops.sqrt(second) / first * momentum / (ops.sqrt(velocity) + optimizer.epsilon)
    if optimizer.weight_decay:
        move += _read(variable, rows.ids) * (rate * optimizer.weight_decay)
    _add(variable, rows.ids, -move)


def _betas(optimizer: Any) -> tuple[float, float]:
    return optimizer.beta_1, optimizer.beta_2


def _averaged(slot: Any, ids: Any, values: Any, share: float) -> Any:
    """Updates rows of a running average, and returns them."""
    rows = _read(slot, ids)
    rows += (values - rows) * share
    _write(slot, ids, rows)
    return rows


def _read(variable: Any, ids: Any) -> Any:
    if current() == "jax":
        return variable.value.at[ids].get(mode="clip")
    import tensorflow as tf

    return tf.gather(_of_tensorflow(variable), ids)


def _write(variable: Any, ids: Any, rows: Any) -> None:
    if current() == "jax":
        variable.assign(variable.value.at[ids].set(rows, mode="drop"))
    else:
        import tensorflow as tf

        _of_tensorflow(variable).scatter_update(tf.IndexedSlices(rows, ids))


def _add(variable: Any, ids: Any, rows: Any) -> None:
    if current() == "jax":
        variable.assign(variable.value.at[ids].add(rows, mode="drop"))
    else:
        import tensorflow as tf

        _of_tensorflow(variable).scatter_add(tf.IndexedSlices(rows, ids))


def _of_tensorflow(variable: Any) -> Any:
    import keras

    return variable.value if isinstance(variable, keras.Variable) else variable
