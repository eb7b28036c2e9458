"""A config's training with and without the kernels: the same batches in turn, in one run.

    python scripts/bench_steps.py CONFIG [KEY=VALUE ...] [--steps 40] [--backend jax] [--threads 1]
        [--bfloat16]

Prints milliseconds of processor time and of the clock for a whole step (embedding, layers, loss,
optimizer), as medians, their ratio, and the mean loss of both; with --bfloat16 also of both with
`train.precision: bfloat16`. Other work on the machine changes
processor time little, and the clock a lot.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from typing import Any

import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config")
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--backend", default="tensorflow")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bfloat16", action="store_true")
    options = parser.parse_args()
    limit_threads(options.threads, options.backend)
    steps, batches, rate = prepare(options)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    losses: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(options.steps):
        batch = batches.shuffled(0, 0, number % batches.steps)
        for name, step in steps.items():
            start = time.process_time(), time.perf_counter()
            sums = step(*batch, rate)
            if number >= 3:  # compiled by then, but for new widths
                times[name].append((time.process_time() - start[0], time.perf_counter() - start[1]))
            losses[name].append(sums["loss"] / sums["weight"])
    report(options, times, losses)


def limit_threads(threads: int, backend: str) -> None:
    for name in ("RNNKIT_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    elif threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"


def prepare(options: argparse.Namespace) -> tuple[dict[str, Any], Any, float]:
    """A compiled step for each kernel and precision, the batches, and the rate."""
    from rnnkit import backend
    from rnnkit.models.build import build_model, build_stream
    from rnnkit.names import find_config
    from rnnkit.tasks.prepared import Source
    from rnnkit.tasks.task import load_task

    task = load_task(find_config(options.config), options.overrides)
    train, data = task.train, task.prepare(Source(), None)
    network = task.network(data.codec)
    backend.select(options.backend, "cpu")
    steps: dict[str, Any] = {}
    kinds = {"keras": ("keras", "float32"), "kernels": ("auto", "float32")}
    if options.bfloat16:
        kinds |= {f"{name}, bfloat16": (kernel, "bfloat16") for name, (kernel, _) in kinds.items()}
    for name, (kernel, precision) in kinds.items():
        backend.seed(train.random_seed)
        architecture = network.architecture.for_training(kernel)
        build = build_stream if architecture.carries_state else build_model
        shapes: list[Any] = [one for layer in architecture.states().values() for one in layer]
        zeros = [np.zeros((data.train.batch_size, *shape), np.float32) for shape in shapes]
        with backend.computing_in(precision):
            model = build(architecture)
        steps[name] = backend.train_step(
            model,
            train.optimizer.build(train.learning_rate, train.clip_norm, train.clip_value),
            network.objective(),
            zeros if architecture.carries_state else [],
            kernels=kernel != "keras",
            lazy=train.optimizer.is_lazy,
        )
    return steps, data.train, train.learning_rate


def report(
    options: argparse.Namespace,
    times: dict[str, list[tuple[float, float]]],
    losses: dict[str, list[float]],
) -> None:
    for index, clock in enumerate(("processor", "clock")):
        median, total = (
            {name: of([pair[index] for pair in pairs]) for name, pairs in times.items()}
            for of in (statistics.median, sum)
        )
        for name in list(times):
            print(
                f"{options.config} {options.backend} {clock}: {name} {1e3 * median[name]:.1f} ms a"
                f" step, of kernels' {median[name] / median['kernels']:.2f}"
                f" (of the sums {total[name] / total['kernels']:.2f}: {total[name]:.1f} s)"
            )
    print(
        "mean loss", *(f"{name} {statistics.mean(values):.5f}" for name, values in losses.items())
    )


if __name__ == "__main__":
    main()
