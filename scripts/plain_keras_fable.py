"""The peer of `rnnkit train fable`: the same model in plain Keras, as a tutorial would train it.

    python scripts/plain_keras_fable.py [--same]

`fit` with minibatches of 20 until 198 of the 200 windows are right; with --same as the config does,
all windows in one step and a rate that falls by a cosine. Prints epochs and seconds of training.
Compare it with rnnkit: time rnnkit train fable; time python scripts/plain_keras_fable.py
"""

from __future__ import annotations

import argparse
import time

import keras
import numpy as np

from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.encode.tokenizer_specs import Word

WINDOW, CEILING = 3, 198

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--same", action="store_true", help="batches and rates of the config")
same = parser.parse_args().same


class UntilCeiling(keras.callbacks.Callback):
    """Ends the training as soon as the model is right as often as any model can be."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.model.stop_training = correct() >= CEILING


tokenizer = Word().train(FABLE)
rows = np.lib.stride_tricks.sliding_window_view(tokenizer.encode(FABLE), WINDOW + 1)
contexts, targets = rows[:, :WINDOW].copy(), rows[:, WINDOW].copy()

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((WINDOW,), dtype="int32"),
        keras.layers.Embedding(len(tokenizer), 64),
        keras.layers.LSTM(512, return_sequences=True),
        keras.layers.LSTM(512),
        keras.layers.Dense(len(tokenizer)),
    ]
)
model.compile(
    keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.003, 100) if same else 0.001),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)


def correct() -> int:
    """How many windows the model gets right."""
    return int((model.predict_on_batch(contexts).argmax(axis=-1) == targets).sum())


started = time.perf_counter()
history = model.fit(
    contexts,
    targets,
    batch_size=200 if same else 20,
    epochs=100 if same else 200,
    verbose=0,
    callbacks=[UntilCeiling()],
)
print(
    f"plain keras: {correct()}/200 after {len(history.epoch)} epochs and"
    f" {time.perf_counter() - started:.1f} s of training"
)
