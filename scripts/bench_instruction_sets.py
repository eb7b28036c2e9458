"""One recurrent layer, forwards and backwards, by each instruction set of this processor.

    python scripts/bench_instruction_sets.py [--rounds N]

In turn; the least of the processor's milliseconds, and how many times those of the fastest set.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict

import numpy as np

from rnnkit import kernels
from rnnkit.kernels import library
from rnnkit.registry import lookup

SHAPES = [  # cell, batch, timesteps, features, units
    ("lstm", 128, 250, 32, 32),
    ("gru", 128, 250, 32, 32),
    ("simple_rnn", 128, 250, 32, 32),
    ("lstm", 20, 35, 200, 200),
    ("lstm", 32, 128, 256, 256),
    ("lstm", 200, 3, 100, 1024),
    ("lstm", 1, 200, 32, 32),
]


def passes(cell: str, batch: int, steps: int, features: int, units: int) -> kernels.Pass:
    """A layer with random weights and inputs."""
    draw = np.random.default_rng(0).normal
    shapes = lookup("layer", cell)(units=units).cell.shapes(features, units)
    weights = [draw(0, 0.1, shape).astype(np.float32) for shape in shapes.values()]
    inputs = draw(0, 1, (batch, steps, features)).astype(np.float32)
    return kernels.Pass(cell, inputs, weights)


def measured(one: kernels.Pass, of_outputs: np.ndarray) -> tuple[float, float]:
    """Seconds of the processor, forwards and backwards."""
    begun = time.process_time()
    (answer,) = kernels.forward([one], save=True)
    turned = time.process_time()
    kernels.backward([one], [answer], [of_outputs])
    return turned - begun, time.process_time() - turned


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    sets = library.instruction_sets()
    for shape in SHAPES:
        one, seconds = passes(*shape), defaultdict[str, list[tuple[float, float]]](list)
        of_outputs = np.ones((*one.batch, one.units), np.float32)
        for _ in range(rounds):
            for name in sets:
                library.use(name)
                seconds[name].append(measured(one, of_outputs))
        least = {
            name: [min(each) for each in zip(*times, strict=True)]
            for name, times in seconds.items()
        }
        shown = (
            f"{name} {1e3 * forwards:.2f} + {1e3 * backwards:.2f} ms"
            f" ({(forwards + backwards) / sum(least[sets[0]]):.2f})"
            for name, (forwards, backwards) in least.items()
        )
        print(*shape, "|", ", ".join(shown))


if __name__ == "__main__":
    main()
