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
        if work.verb == "generate" and work.kind == "stream":
            carried = self.model(work, rows=1, steps=1)
            return lambda: self.generate_carried(carried, work)
        model = self.model(work, rows=work.batch_size, steps=work.inputs.shape[1])
        if work.verb == "train":
            return lambda: self.train(model, work)
        if work.verb == "generate":
            return lambda: self.generate(model, work)
        return lambda: self.predict(model, work)

    def model(self, work: Work, rows: int, steps: int) -> Any:
        import keras
        from keras import layers

        cells = {"lstm": layers.LSTM, "gru": layers.GRU, "simple_rnn": layers.SimpleRNN}
        is_stream = work.kind == "stream"
        shape = (rows if is_stream else None, steps, *work.inputs.shape[2:])
        dtype = "int32" if work.reads_tokens else "float32"
        model = keras.Sequential([keras.Input(batch_shape=shape, dtype=dtype)])
        if work.reads_tokens:
            model.add(layers.Embedding(work.vocabulary, work.features))
        for layer in work.layers:
            cell = cells[layer["cell"]](
                layer["units"], return_sequences=layer["sequence"], stateful=is_stream
            )
            model.add(layers.Bidirectional(cell) if layer["bidirectional"] else cell)
        model.add(layers.Dense(work.classes))
        model.set_weights(work.weights)
        optimizer = keras.optimizers.Adam(work.learning_rate, global_clipnorm=work.clip_norm)
        model.compile(optimizer=optimizer, loss=self.loss(work))
        return model

    def loss(self, work: Work) -> Any:
        import keras
        from keras import ops

        if work.loss == "quantile":

            def pinball(targets: Any, outputs: Any) -> Any:
                levels = ops.convert_to_tensor(np.array(work.levels, np.float32))
                by_level = ops.reshape(outputs, (-1, targets.shape[1], len(work.levels)))
                errors = ops.expand_dims(targets, -1) - by_level
                return ops.mean(ops.maximum(levels * errors, (levels - 1) * errors), axis=(1, 2))

            return pinball
        if work.loss != "cross_entropy":
            return work.loss
        if work.is_binary:
            return keras.losses.BinaryCrossentropy(from_logits=True)
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def train(self, model: Any, work: Work) -> float:
        import keras

        at_the_start = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: self.reset(model, work)
        )
        history = model.fit(
            work.inputs,
            work.targets,
            batch_size=work.batch_size,
            epochs=work.passes,
            shuffle=False,
            verbose=0,
            callbacks=[at_the_start] if work.kind == "stream" else [],
        )
        loss: float = history.history["loss"][0]
        return loss

    def reset(self, model: Any, work: Work) -> None:
        if work.kind == "stream":
            for layer in model.layers:
                if getattr(layer, "stateful", False):
                    layer.reset_states()

    def predict(self, model: Any, work: Work) -> Any:
        self.reset(model, work)
        rows = work.batch_size if work.kind == "stream" else 256
        return model.predict(work.inputs, batch_size=rows, verbose=0)

    def generate(self, model: Any, work: Work) -> list[int]:
        window = work.seed.copy()
        tokens = []
        for _ in range(work.tokens):
            token = int(model.predict(window, verbose=0)[0].argmax())
            tokens.append(token)
            window = np.append(window[:, 1:], np.array([[token]], np.int32), axis=1)
        return tokens

    def generate_carried(self, model: Any, work: Work) -> list[int]:
        self.reset(model, work)
        tokens = work.seed[0].tolist()
        for token in tokens[:-1]:
            model.predict(np.array([[token]], np.int32), verbose=0)
        for _ in range(work.tokens):
            logits = model.predict(np.array([tokens[-1:]], np.int32), verbose=0)
            tokens.append(int(logits[0, -1].argmax()))
        return tokens[-work.tokens :]
