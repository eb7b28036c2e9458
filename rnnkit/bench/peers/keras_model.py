"""The model as a functional Keras script has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnnkit.bench.work import PeerLayer, Work


class Layers:
    """The layers of a model; those that train it and those that decode share them.

    Args:
        work: The model and its weights.
    """

    def __init__(self, work: Work):
        import keras

        self._work = work
        self._layers, self._encoder = (
            [(layer, _built(layer, work)) for layer in layers]
            for layers in (work.layers, work.encoder)
        )
        self._starts = [keras.layers.Dense(size, activation="tanh") for size in work.sizes]

    def model(self, rows: int, steps: int | None) -> Any:
        """[Tokens or numbers, and a condition or a source] to logits.

        Args:
            rows: Of a batch, of a model that carries its state from one to the next.
            steps: Of each row.
        """
        import keras

        work = self._work
        shape = (rows if work.kind == "stream" else None, steps, *work.inputs.shape[2:])
        inputs = keras.Input(batch_shape=shape, dtype=work.inputs.dtype.name)
        if work.kind != "conditioned":
            model = keras.Model(inputs, self._through(inputs)[0])
        else:
            context = self._context()
            states, memory = self._start(context)
            model = keras.Model([inputs, context], self._through(inputs, states, memory)[0])
        self._set_weights()
        return model

    def decoders(self) -> tuple[Any, Any]:
        """Two models of a trained one: a condition or a source to the first states, and the memory
        that attention reads; [a token, states, memory] to [logits, states].
        """
        import keras

        context, token = self._context(), keras.Input((1,), dtype="int32")
        states, memory = self._start(context)
        attends = [layer for layer in self._work.layers if layer.kind == "attention"]
        memory = memory if attends else []
        before = [keras.Input(state.shape[1:]) for state in states]
        read = [keras.Input(part.shape[1:]) for part in memory]
        logits, after = self._through(token, before, read)
        start = keras.Model(context, [*states, *memory])
        return start, keras.Model([token, *before, *read], [logits, *after])

    def _context(self) -> Any:
        import keras

        if self._work.encoder:
            return keras.Input((None,), dtype="int32")
        return keras.Input(self._work.context.shape[1:])

    def _start(self, context: Any) -> tuple[list[Any], list[Any]]:
        """The decoder's first states, and the encoder's outputs."""
        import keras

        memory, last = [], []
        if self._encoder:
            x = context
            for layer, built in self._encoder:
                x, *states = _listed(built(x))
                last += states[:: layer.states or 1]  # of an LSTM, the output of each direction
            context, memory = keras.layers.concatenate(last) if len(last) > 1 else last[0], [x]
        return [built(context) for built in self._starts], memory

    def _through(
        self, x: Any, states: Sequence[Any] = (), memory: Sequence[Any] = ()
    ) -> tuple[Any, list[Any]]:
        """Logits, and the states after the last step."""
        before: Iterator[Any] = iter(states)
        after = []
        for layer, built in self._layers:
            if layer.kind == "tied":
                x = self._layers[0][1](x, reverse=True)
            elif layer.kind == "attention":
                x = built(x, *memory)
            elif layer.states and states:
                own = [next(before) for _ in range(layer.states)]
                x, *last = built(x, initial_state=own)
                after += last
            else:
                x = built(x)
        return x, after

    def _set_weights(self) -> None:
        work = self._work
        for layer, built in (*self._encoder, *self._layers):
            if weights := work.of(layer.name):
                built.set_weights(weights)
        condition = work.of("condition")
        for index, built in enumerate(self._starts):
            built.set_weights(condition[2 * index : 2 * index + 2])


class _Attention:
    """What Keras' attention layers lack of Bahdanau's and Luong's: the keys, and the layer after
    the context.
    """

    def __init__(self, layer: PeerLayer):
        from keras import layers

        units, self._additive = layer.settings["units"], layer.settings["score"] == "additive"
        size = units if self._additive else layer.inputs
        self._keys = layers.Dense(size, use_bias=self._additive)
        self._query = layers.Dense(size, use_bias=False)
        self._attend = layers.AdditiveAttention() if self._additive else layers.Attention()
        self._output = layers.Dense(units, activation="tanh", use_bias=False)

    def __call__(self, states: Any, memory: Any) -> Any:
        import keras

        query = self._query(states) if self._additive else states
        context = self._attend([query, memory, self._keys(memory)])
        return self._output(keras.layers.concatenate([context, states]))

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        if self._additive:
            keys, bias, query, score, output = weights
            self._keys.set_weights([keys, bias])
            self._query.set_weights([query])
            self._attend.set_weights([score[:, 0]])
        else:
            keys, output = weights
            self._keys.set_weights([keys])
        self._output.set_weights([output])


class _AttentionPool:
    """The mean of all steps, each weighted by softmax(v . tanh(h W + b))."""

    def __init__(self, layer: PeerLayer):
        from keras import layers

        self._hidden = layers.Dense(layer.inputs, activation="tanh")
        self._score = layers.Dense(1, use_bias=False)

    def __call__(self, states: Any) -> Any:
        from keras import layers

        shares = layers.Softmax(axis=1)(self._score(self._hidden(states)))
        return layers.Flatten()(layers.Dot(axes=1)([shares, states]))

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        self._hidden.set_weights(weights[:2])
        self._score.set_weights(weights[2:])


def _built(layer: PeerLayer, work: Work) -> Any:
    from keras import layers, ops

    settings = layer.settings
    if layer.states:
        return _recurrent(layer, work)
    if layer.kind == "embedding":
        return layers.ReversibleEmbedding(layer.inputs, settings["dim"])
    if layer.kind == "one_hot":
        return layers.Lambda(lambda tokens: ops.one_hot(tokens, layer.inputs))
    if layer.kind == "dense":
        return layers.Dense(settings["units"], activation=settings["activation"])
    if layer.kind == "attention":
        return _Attention(layer)
    pools = {
        "mean": layers.GlobalAveragePooling1D,
        "max": layers.GlobalMaxPooling1D,
        "last": lambda: layers.Lambda(lambda states: states[:, -1]),
        "attention": lambda: _AttentionPool(layer),
    }
    if layer.kind == "pool":
        return pools[settings["mode"]]()
    return layers.Identity()


def _recurrent(layer: PeerLayer, work: Work) -> Any:
    from keras import layers

    cells = {"lstm": layers.LSTM, "gru": layers.GRU, "simple_rnn": layers.SimpleRNN}
    names = ("units", "activation", "recurrent_activation")
    cell = cells[layer.kind](
        **{name: layer.settings[name] for name in names if name in layer.settings},
        return_sequences=layer.sequence,
        return_state=work.kind == "conditioned",
        stateful=work.kind == "stream",
    )
    return layers.Bidirectional(cell) if layer.is_bidirectional else cell


def _listed(outputs: Any) -> list[Any]:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]
