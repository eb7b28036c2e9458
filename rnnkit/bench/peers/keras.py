"""Keras on TensorFlow: `fit` and `predict`, as in a plain script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rnnkit.bench.answers import ANSWERED
from rnnkit.bench.peer import Peer, Unit
from rnnkit.bench.peers.keras_model import Layers
from rnnkit.bench.work import Work


class Keras(Peer):
    """Keras on TensorFlow."""

    requires: ClassVar[Mapping[str, str]] = {"keras": "keras", "tensorflow": "tensorflow"}
    verbs: ClassVar[tuple[str, ...]] = ("train", "generate", "predict")
    environment: ClassVar[Mapping[str, str]] = {
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }

    def prepare(self, work: Work) -> Unit:
        layers = Layers(work)
        carried = work.verb == "generate" and work.kind == "stream"
        model = layers.model(*(1, 1) if carried else (work.batch_size, work.inputs.shape[1]))
        if work.verb == "train":
            return self.training(model, work)
        if work.verb == "predict":
            return lambda: self.predict(model, work)
        if work.kind == "conditioned":
            start, step = layers.decoders()
            return lambda: self.decode(start, step, work)
        continued = self.generate_carried if carried else self.generate
        return lambda: continued(model, work)

    def inputs(self, work: Work) -> Any:
        return [work.inputs, work.context] if work.kind == "conditioned" else work.inputs

    def training(self, model: Any, work: Work) -> Unit:
        import keras

        optimizer = keras.optimizers.Adam(work.learning_rate, global_clipnorm=work.clip_norm)
        model.compile(optimizer=optimizer, loss=self.loss(work))
        return lambda: self.train(model, work)

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
        if work.is_binary or work.loss == "binary_cross_entropy":
            return keras.losses.BinaryCrossentropy(from_logits=True)
        if work.loss != "cross_entropy":
            return work.loss
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def train(self, model: Any, work: Work) -> float:
        import keras

        at_the_start = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: self.reset(model, work)
        )
        history = model.fit(
            self.inputs(work),
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
        rows = work.batch_size if work.kind == "stream" else ANSWERED
        return model.predict(self.inputs(work), batch_size=rows, verbose=0)

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

    def decode(self, start: Any, step: Any, work: Work) -> list[int]:
        states = start.predict(work.context[:1], verbose=0)
        states = states if isinstance(states, list) else [states]
        carried = len(work.sizes)
        states, memory = states[:carried], states[carried:]
        tokens = [int(work.seed[0, 0])]
        for _ in range(work.tokens):
            token = np.array([tokens[-1:]], np.int32)
            logits, *states = step.predict([token, *states, *memory], verbose=0)
            tokens.append(int(logits[0, -1].argmax()))
        return tokens[1:]
