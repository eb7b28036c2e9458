"""The kernels against Keras on TensorFlow: CPU time of one thread, all in one run, in turn.

    python scripts/bench_kernels.py [--rounds 7] [--cells lstm,gru,simple_rnn] [--shapes a,c,d,e]

Each figure is the median of the rounds, in ms of processor time: other work on the machine changes
it little. `train` is forwards and backwards with the gradients of inputs and weights; `answer` is
forwards alone, for Keras the layer in a compiled function, for `numpy` the equations of the engine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

for name in ("RNNKIT_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from rnnkit import kernels  # noqa: E402
from rnnkit.engine.recurrent import run  # noqa: E402
from rnnkit.registry import lookup  # noqa: E402

SHAPES = {  # batch, timesteps, features, units
    "a": (128, 500, 32, 32),
    "b": (128, 251, 32, 32),
    "c": (64, 200, 64, 64),
    "d": (32, 100, 256, 256),
    "e": (20, 35, 200, 200),
    "f": (200, 3, 64, 512),
}
LAYERS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}
Work = Callable[[], Any]


def works(cell: str, shape: tuple[int, int, int, int]) -> dict[str, Work]:
    """The same layer, weights and data for each."""
    batch, steps, features, units = shape
    generator = np.random.default_rng(0)
    x, of_outputs = (
        generator.normal(0, 1, (batch, steps, size)).astype(np.float32)
        for size in (features, units)
    )
    layer = LAYERS[cell](units, return_sequences=True)
    layer.build(x.shape)
    weights = [np.asarray(weight) for weight in layer.weights]
    one, tensors = kernels.Pass(cell, x, weights), (tf.constant(x), tf.constant(of_outputs))

    @tf.function
    def keras_train(x: Any, of_outputs: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x) * of_outputs)
        return tape.gradient(loss, [x, *(weight.value for weight in layer.weights)])

    keras_answer = tf.function(layer)

    def train() -> Any:
        return kernels.backward([one], kernels.forward([one], save=True), [of_outputs])

    def numpy_answer() -> Any:
        spec = lookup("layer", cell)(units=units)
        names = spec.cell.shapes(features, units)
        state = (np.zeros((batch, units), np.float32),) * spec.cell.states
        return run(x, state, dict(zip(names, weights, strict=True)), spec)

    return {
        "train keras": lambda: keras_train(*tensors),
        "train kernels": train,
        "answer keras": lambda: keras_answer(tensors[0]),
        "answer numpy": numpy_answer,
        "answer kernels": lambda: kernels.forward([one]),
    }


def measure(tasks: dict[str, Work], rounds: int) -> dict[str, float]:
    """The median of each, in ms, after a first call that does not count."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(rounds + 1):
        for name, work in tasks.items():
            start = time.process_time()
            work()
            if number:
                times[name].append(1e3 * (time.process_time() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cells", default=",".join(LAYERS))
    parser.add_argument("--shapes", default="a,c,d,e")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    print(f"{kernels.instruction_set()}, one thread, ms of processor time")
    for cell in options.cells.split(","):
        for name in options.shapes.split(","):
            median = measure(works(cell, SHAPES[name]), options.rounds)
            train, answer = median["train kernels"], median["answer kernels"]
            print(
                f"{cell:10} {name} {'x'.join(map(str, SHAPES[name])):15}"
                f" train {train:6.1f}, keras {median['train keras']:6.1f}"
                f" = {median['train keras'] / train:4.1f} x;"
                f" answer {answer:6.1f}, keras {median['answer keras']:6.1f}"
                f" = {median['answer keras'] / answer:4.1f} x,"
                f" numpy {median['answer numpy']:6.1f} = {median['answer numpy'] / answer:4.1f} x",
                flush=True,
            )


if __name__ == "__main__":
    main()
