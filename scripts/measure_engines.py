"""The time of an answer by the compiled kernels and by ONNX Runtime, in turn.

    RNNKIT_THREADS=1 python scripts/measure_engines.py imdb_lstm fable shakespeare_char

Each shipped config has random weights and the vocabulary of its small sample; a sequence has 200
steps where the model leaves it open. The median CPU time in milliseconds, and the ratio of ONNX
Runtime's to that of the kernels: above 1 the kernels are faster.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.engine.forward import Engine
from rnnkit.export.onnx import OnnxOutputs
from rnnkit.names import find_config
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task

ROUNDS, STEPS = 7, 200


def main(configs: list[str]) -> None:
    head = f"{'config':20} {'batch':>5} {'steps':>5}"
    print(f"{head} {'kernels':>9} {'onnx':>9} {'onnx/kernels':>12}")
    for config in configs:
        task = load_task(find_config(config), [])
        model = task.network(task.prepare(Source(sample=True)).codec).architecture
        weights = random_weights(model)
        engines: list[Outputs] = [Engine(model, weights), OnnxOutputs.of(model, weights)]
        lengths = [1, STEPS] if model.carries_state else [model.input_shape[0] or STEPS]
        for steps in lengths:
            for batch in (1, 256 if steps < STEPS or not model.carries_state else 16):
                times = interleaved([call(one, model, batch, steps) for one in engines])
                row = " ".join(f"{1000 * seconds:9.3f}" for seconds in times)
                print(f"{config:20} {batch:5} {steps:5} {row} {times[1] / times[0]:12.2f}")


def random_weights(model: Architecture) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {
        name: generator.normal(0, 0.1, [size or 0 for size in shape]).astype(np.float32)
        for name, shape in model.weight_shapes().items()
    }


def call(outputs: Outputs, model: Architecture, batch: int, steps: int) -> Callable[[], object]:
    shape = (batch, steps, *(size or 1 for size in model.input_shape[1:]))
    inputs = np.ones(shape, model.input_dtype)
    if model.encoder:
        states = outputs.init_state(batch, np.ones((batch, STEPS), np.int32))
    elif model.condition:
        sizes = [size or 1 for size in model.condition.inputs]
        states = outputs.init_state(batch, np.ones((batch, *sizes), np.float32))
    elif model.carries_state:
        states = outputs.init_state(batch)
    else:
        return lambda: outputs(inputs)
    return lambda: outputs.step(inputs, states)


def interleaved(calls: list[Callable[[], object]]) -> list[float]:
    """The median CPU seconds of each call; as many at once as take some milliseconds."""
    repeats = []
    for one in calls:
        one()
        start = time.process_time()
        one()
        repeats.append(max(1, int(0.01 / max(time.process_time() - start, 1e-6))))
    seconds: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for one, times, own in zip(calls, repeats, seconds, strict=True):
            start = time.process_time()
            for _ in range(times):
                one()
            own.append((time.process_time() - start) / times)
    return [statistics.median(own) for own in seconds]


if __name__ == "__main__":
    main(sys.argv[1:])
