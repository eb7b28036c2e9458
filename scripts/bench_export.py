"""Time per answer of rnnkit's engine, of ONNX Runtime on the exported graph, and of Keras' predict,
in turn in one process: medians of so many rounds, and ratios of those. Sizes of the files as well.

    python scripts/bench_export.py                          # the five models of docs/results.md
    python scripts/bench_export.py imdb_lstm fable --rounds 7 --batches 1,256 [--sample]

The weights are drawn at random; the data give the vocabulary (--sample: the small built-in ones).
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

MODELS = ("imdb_lstm", "fable", "shakespeare_char", "ner_conll03", "temperature")
TIMESTEPS = {"imdb_lstm": 200, "shakespeare_char": 1, "ner_conll03": 25}
"""Of models that take any number: a review, one character of a stream, a sentence."""
SECONDS = 0.2  # that a measurement takes at least

Answer = Callable[[], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batches", default="1,256")
    parser.add_argument("--sample", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name in options.models:
        architecture, weights = model(name, options.sample)
        report_sizes(name, architecture, weights)
        for batch in map(int, options.batches.split(",")):
            report(name, architecture, weights, batch, options.rounds)


def model(name: str, sample: bool) -> tuple[Any, dict[str, np.ndarray]]:
    """The layers of a shipped config, and random weights of a usual size."""
    from rnnkit.config import shipped_configs
    from rnnkit.tasks.prepared import Source
    from rnnkit.tasks.task import load_task

    task = load_task(shipped_configs()[name])
    architecture = task.network(task.prepare(Source(sample=sample)).codec).architecture
    generator = np.random.default_rng(0)
    weight_shapes: dict[str, Any] = architecture.weight_shapes()
    return architecture, {
        key: (generator.normal(0, 1, shape) / np.sqrt(max(1, shape[0] or 1))).astype(np.float32)
        for key, shape in weight_shapes.items()
    }


def report_sizes(name: str, architecture: Any, weights: dict[str, np.ndarray]) -> None:
    from rnnkit.export.onnx import onnx_graphs
    from rnnkit.storage import npz_bytes

    written = sum(map(len, onnx_graphs(architecture, weights).values()))
    print(f"{name}: weights.npz {len(npz_bytes(weights)):,} bytes, ONNX {written:,} bytes")


def report(
    name: str, architecture: Any, weights: dict[str, np.ndarray], batch: int, rounds: int
) -> None:
    answers = ways(name, architecture, weights, batch)
    expected = answers["engine"]()
    difference = max(float(np.abs(answer() - expected).max()) for answer in answers.values())
    repeats = {way: repeats_of(answer) for way, answer in answers.items()}
    times: dict[str, list[float]] = {way: [] for way in answers}
    for _ in range(rounds):
        for way, answer in answers.items():
            before = time.perf_counter()
            for _ in range(repeats[way]):
                answer()
            times[way].append((time.perf_counter() - before) / repeats[way])
    engine, onnx, keras = (1e3 * statistics.median(times[way]) for way in answers)
    print(
        f"{name}, batch {batch}: engine {engine:.3f} ms, ONNX Runtime {onnx:.3f} ms, keras predict"
        f" {keras:.3f} ms; engine / ONNX {engine / onnx:.2f}, keras / ONNX {keras / onnx:.2f},"
        f" keras / engine {keras / engine:.2f}; answers differ by {difference:.0e} at most"
    )


def ways(
    name: str, architecture: Any, weights: dict[str, np.ndarray], batch: int
) -> dict[str, Answer]:
    """The same answer in three ways."""
    import onnxruntime

    from rnnkit.engine.forward import Engine
    from rnnkit.export.onnx import onnx_graphs, state_names
    from rnnkit.workflows.keras_outputs import build_with_weights

    inputs = data(name, architecture, batch)
    engine, (graph, *_) = Engine(architecture, weights), onnx_graphs(architecture, weights).values()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    keras = build_with_weights(architecture, weights)
    feed = {session.get_inputs()[0].name: inputs}
    if not architecture.carries_state:
        outputs = [session.get_outputs()[0].name]
        return {
            "engine": lambda: engine.outputs(inputs),
            "onnx": lambda: session.run(outputs, feed)[0],
            "keras": lambda: keras.predict(inputs, batch_size=batch, verbose=0),
        }
    states = engine.init_state(batch)
    for layer, names in state_names(architecture).items():
        feed |= dict(zip(names, states[layer], strict=True))
    brought = list(feed.values())
    return {
        "engine": lambda: engine.step(inputs, states)[0],
        "onnx": lambda: session.run(None, feed)[0],
        "keras": lambda: keras.predict(brought, batch_size=batch, verbose=0)[0],
    }


def data(name: str, architecture: Any, batch: int) -> np.ndarray:
    """A batch of the model's inputs."""
    generator = np.random.default_rng(1)
    steps, *sizes = architecture.input_shape
    shape = (batch, steps or TIMESTEPS.get(name, 20), *sizes)
    if architecture.input_dtype == "int32":
        highest = architecture.layers[0].inputs[1]
        ids = generator.integers(1, highest, shape).astype(np.int32)
        if len(shape) == 3:  # the characters of words
            ids[..., 1:] = generator.integers(0, 200, ids[..., 1:].shape)
        return ids
    return generator.normal(0, 1, shape).astype(np.float32)


def repeats_of(answer: Answer) -> int:
    """How often it must be asked to take long enough."""
    before = time.perf_counter()
    answer()
    return max(1, round(SECONDS / (time.perf_counter() - before)))


if __name__ == "__main__":
    main()
