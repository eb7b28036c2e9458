"""Keras on TensorFlow: `fit` and `predict`, as in a plain script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rnnkit.bench.peer import Peer, Unit, Work


class Keras(Peer):
    """Keras on TensorFlow."""

    requires: ClassVar[Mapping[str, str]] = {"keras": "keras", "tensorflow": "tensorflow"}
    verbs: ClassVar[tuple[str, ...]] = ("train", "generate", "predict")
    environment: ClassVar[Mapping[str, str]] = {
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }

    def prepare(self, work: Work) -> Unit:
        model = self.model(work)
        if work.verb == "train":
            return lambda: self.train(model, work)
        if work.verb == "generate":
            return lambda: self.generate(model, work)
        return lambda: model.predict(work.inputs, batch_size=256, verbose=0)

    def model(self, work: Work) -> Any:
        import keras
        from keras import layers

        cells = {"lstm": layers.LSTM, "gru": layers.GRU, "simple_rnn": layers.SimpleRNN}
        model = keras.Sequential([keras.Input((work.inputs.shape[1],), dtype="int32")])
        model.add(layers.Embedding(work.vocabulary, work.weights[0].shape[1]))
        for layer in work.layers:
            cell = cells[layer["cell"]](layer["units"], return_sequences=layer["sequence"])
            model.add(layers.Bidirectional(cell) if layer["bidirectional"] else cell)
        model.add(layers.Dense(work.classes))
        model.set_weights(work.weights)
        loss = (
            keras.losses.BinaryCrossentropy(from_logits=True)
            if work.classes == 1
            else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        )
        optimizer = keras.optimizers.Adam(work.learning_rate, global_clipnorm=work.clip_norm)
        model.compile(optimizer=optimizer, loss=loss)
        return model

    def train(self, model: Any, work: Work) -> float:
        history = model.fit(
            work.inputs,
            work.targets,
            batch_size=work.batch_size,
            epochs=work.passes,
            shuffle=False,
            verbose=0,
        )
        loss: float = history.history["loss"][0]
        return loss

    def generate(self, model: Any, work: Work) -> list[int]:
        window = work.inputs[:1].copy()
        tokens = []
        for _ in range(work.tokens):
            token = int(model.predict(window, verbose=0)[0].argmax())
            tokens.append(token)
            window = np.append(window[:, 1:], np.array([[token]], np.int32), axis=1)
        return tokens
