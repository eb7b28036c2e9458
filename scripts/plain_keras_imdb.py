"""The peer of `rnnkit train imdb_lstm` and its like: the same model, data, batches, optimizer and
epochs in plain Keras, as a tutorial would train it.

    python scripts/plain_keras_imdb.py FILE.npz [--cell lstm] [--units 32] [--layers 1]

FILE.npz is keras' imdb.npz, or the same reviews as flat arrays. Compare it with
`rnnkit train imdb_lstm train.early_stopping=null`. Prints seconds of each epoch and the accuracy on
the 2,500 reviews that are held out.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

WORDS, LENGTH, HELD_OUT, UNKNOWN = 10_000, 500, 2_500, 2


def load(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(reviews, 500) ids, padded at their beginning, and labels, in a random order."""
    with np.load(path, allow_pickle="x_train_flat" not in np.load(path).files) as file:
        if "x_train_flat" in file.files:
            ends = np.cumsum(file["x_train_len"])[:-1]
            reviews = [ids.tolist() for ids in np.split(file["x_train_flat"], ends)]
        else:
            reviews = list(file["x_train"])
        labels = file["y_train"]
    ids = keras.utils.pad_sequences(reviews, LENGTH)
    order = np.random.default_rng(0).permutation(len(labels))
    return np.where(ids < WORDS, ids, UNKNOWN)[order], labels[order]


class Clock(keras.callbacks.Callback):
    """Prints the seconds of each epoch without validation, and the scores."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.started, self.seconds = time.perf_counter(), 0.0

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        self.seconds = time.perf_counter() - self.started

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        scores = " ".join(f"{name} {value:.4f}" for name, value in (logs or {}).items())
        print(f"epoch {epoch + 1}: {self.seconds:.2f} s, {scores}", flush=True)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("file", type=Path)
parser.add_argument("--cell", choices=["lstm", "gru", "simple_rnn"], default="lstm")
parser.add_argument("--units", type=int, default=32)
parser.add_argument("--layers", type=int, default=1)
parser.add_argument("--bidirectional", action="store_true")
parser.add_argument("--epochs", type=int, default=6)
parser.add_argument("--batch-size", type=int, default=128)
parser.add_argument("--learning-rate", type=float, default=0.002)
parser.add_argument("--random-seed", type=int, default=0)
options = parser.parse_args()

keras.utils.set_random_seed(options.random_seed)
x, y = load(options.file)
cell = {"lstm": layers.LSTM, "gru": layers.GRU, "simple_rnn": layers.SimpleRNN}[options.cell]
model = keras.Sequential([keras.Input((LENGTH,), dtype="int32"), layers.Embedding(WORDS, 32)])
for number in range(options.layers):
    layer = cell(options.units, return_sequences=number + 1 < options.layers)
    model.add(layers.Bidirectional(layer) if options.bidirectional else layer)
model.add(layers.Dense(1))
steps = options.epochs * -(-(len(x) - HELD_OUT) // options.batch_size)
model.compile(
    keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(options.learning_rate, steps), global_clipnorm=1.0
    ),
    keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)],
)
model.fit(
    x[HELD_OUT:],
    y[HELD_OUT:],
    batch_size=options.batch_size,
    epochs=options.epochs,
    validation_data=(x[:HELD_OUT], y[:HELD_OUT]),
    verbose=0,
    callbacks=[Clock()],
)
