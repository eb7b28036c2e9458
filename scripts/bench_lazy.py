"""A step of Adam, one of lazy Adam, and one of scoring after that, against the size of the
vocabulary, in turn, in one run.

    python scripts/bench_lazy.py [--backend jax] [--rows 32] [--tokens 100] [--dim 64]

Prints milliseconds of processor time a step, as medians. The model is an embedding, the mean of a
text's vectors and a dense layer, so what is measured is the embedding; ids are drawn as words are
(Zipf).
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np

VOCABULARIES = (12_500, 25_000, 50_000, 100_000, 200_000)
STEPS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", default="tensorflow")
    for name, number in (("rows", 32), ("tokens", 100), ("dim", 64)):
        parser.add_argument(f"--{name}", type=int, default=number)
    options = parser.parse_args()
    print("| vocabulary | Adam, ms | lazy Adam, ms | ratio | scoring, ms |\n|---|---|---|---|---|")
    for vocabulary in VOCABULARIES:
        dense, lazy, scoring = (1e3 * seconds for seconds in measure(options, vocabulary))
        cells = f"{dense:.1f} | {lazy:.1f} | {dense / lazy:.1f} | {scoring:.1f}"
        print(f"| {vocabulary:,} | {cells} |", flush=True)


def measure(options: argparse.Namespace, vocabulary: int) -> list[float]:
    """Seconds of processor time of a step: of Adam, of lazy Adam, of scoring after it."""
    (adam, _), (lazy, scoring) = (steps_of(options, vocabulary, lazy) for lazy in (False, True))
    steps = [(adam, (0.001,)), (lazy, (0.001,)), (scoring, ())]
    times: list[list[float]] = [[] for _ in steps]
    generator = np.random.default_rng(0)
    targets = generator.integers(0, 2, options.rows).astype(np.int32)
    for _ in range(STEPS):
        drawn = generator.zipf(1.2, (options.rows, options.tokens))
        ids = np.minimum(drawn - 1, vocabulary - 1).astype(np.int32)
        for (one, rate), own in zip(steps, times, strict=True):
            start = time.process_time()
            one(ids, targets, np.ones(options.rows, np.float32), *rate)
            own.append(time.process_time() - start)
    return [statistics.median(own[STEPS // 5 :]) for own in times]


def steps_of(options: argparse.Namespace, vocabulary: int, lazy: bool) -> tuple[Any, Any]:
    """A step of training, and one of scoring."""
    from rnnkit import backend
    from rnnkit.training.optimizers.moments import Adam

    backend.select(options.backend, "cpu")
    import keras

    ids = keras.Input((None,), dtype="int32")
    vectors = keras.layers.Embedding(vocabulary, options.dim)(ids)
    logits = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling1D()(vectors))
    model, optimizer = keras.Model(ids, logits), Adam(lazy=lazy).build(0.001, 1.0, None)
    training = backend.train_step(model, optimizer, loss, lazy=lazy)
    return training, backend.test_step(model, loss)


def loss(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
    from keras import ops

    nats = ops.sparse_categorical_crossentropy(targets, outputs, from_logits=True)
    return {"loss": ops.sum(weights * nats), "weight": ops.sum(weights)}


if __name__ == "__main__":
    main()
