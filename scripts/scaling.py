"""What training on 8 to 1,024 workers would bring, on paper (docs/scaling.md).

    python scripts/scaling.py [--latency SECONDS] [--flops NUMBER] [--critical ROWS] [--spread C]

Prints the tables of the page. Nothing is measured here: the numbers of parameters are those of
shipped configs, all others are assumptions that an option replaces.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

FLOAT = 4  # bytes of a gradient
WORKERS = (8, 16, 32, 64, 128, 256, 512, 1024)
WORTH = 1.1
"""Twice the workers pay where they make the training at least so many times faster."""


@dataclass(frozen=True)
class Network:
    """What joins the workers: the alpha-beta model (Hockney 1994).

    Args:
        name: In the tables.
        latency: Seconds until a message begins to arrive.
        bandwidth: Bytes per second and worker.
    """

    name: str
    latency: float
    bandwidth: float

    def all_reduce(self, workers: int, size: float) -> float:
        """Seconds to sum arrays of all workers, by the faster of a ring, 2 (n - 1) messages of
        size / n (Patarasu and Yuan 2009), and of halving and doubling, 2 log2 n messages of as many
        bytes in all (Rabenseifner; Thakur, Rabenseifner and Gropp 2005).

        Args:
            workers: How many, n.
            size: Bytes of the arrays.
        """
        if workers == 1:
            return 0.0
        moved = 2 * (workers - 1) / workers * size / self.bandwidth
        messages = min(2 * (workers - 1), 2 * math.ceil(math.log2(workers)))
        return moved + messages * self.latency


@dataclass(frozen=True)
class Model:
    """One training.

    Args:
        name: Its config.
        parameters: Of the whole model.
        multiplied: Those that each timestep is multiplied with: all but the looked-up embedding.
        timesteps: Of a row.
        layers: Recurrent layers, whose timesteps follow one another.
        batch_size: Rows of a step, as the config has it.
    """

    name: str
    parameters: int
    multiplied: int
    timesteps: int
    layers: int
    batch_size: int


@dataclass(frozen=True)
class Assumptions:
    """What is not known of the models.

    Args:
        latency: Seconds of one timestep of one recurrent layer, forwards and backwards, however few
            rows there are.
        flops: Floating-point operations per second of a worker.
        critical: The critical batch size: with as many rows, twice the fewest steps are needed.
        spread: The standard deviation of a worker's step, as a share of its mean.
    """

    latency: float = 84e-6  # 5.9 ms for 2 x 35 timesteps of LSTM(512) on an H200 (issue 20's table)
    flops: float = 50e12
    critical: float = 1000.0
    spread: float = 0.05


@cache
def slowest(workers: int) -> float:
    """The expected largest of as many standard normal numbers, about sqrt(2 ln n): the mean of the
    density n f(x) F(x)^(n - 1) (David and Nagaraja 2003).
    """
    x = np.linspace(-10, 10, 20_001)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    below = np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in x])
    return float(np.trapezoid(x * workers * density * below ** (workers - 1), x))


@dataclass(frozen=True)
class Step:
    """One step on several workers, in seconds, of whole trainings that reach the same loss.

    Args:
        batch_size: Rows of all workers together.
        compute: Of a worker that is as fast as the mean.
        straggling: The wait for the slowest.
        all_reduce: The sum of gradients, which begins when all of them are there.
        steps: How many such steps the training needs, in multiples of the fewest.
    """

    batch_size: float
    compute: float
    straggling: float
    all_reduce: float
    steps: float

    @property
    def seconds(self) -> float:
        """Of the whole step."""
        return self.compute + self.straggling + self.all_reduce

    @property
    def training(self) -> float:
        """Seconds of the whole training, in multiples of the fewest steps."""
        return self.steps * self.seconds


@dataclass(frozen=True)
class Scaling:
    """A training on a network."""

    model: Model
    network: Network
    assumed: Assumptions

    @property
    def fixed(self) -> float:
        """Seconds that a step takes whatever its rows are."""
        return self.model.layers * self.model.timesteps * self.assumed.latency

    @property
    def row(self) -> float:
        """Seconds that a further row takes: 2 operations for each weight and timestep forwards, 4
        backwards (Kaplan et al. 2020, section 2.1).
        """
        return 6 * self.model.multiplied * self.model.timesteps / self.assumed.flops

    def step(self, workers: int, batch_size: float) -> Step:
        """A step of so many rows, which are divided equally. The steps that a training needs are
        S = S_min (1 + B_crit / B) (McCandlish et al. 2018, equation 2.11 with its appendix D).
        """
        compute = self.fixed + self.row * batch_size / workers
        return Step(
            batch_size,
            compute,
            self.assumed.spread * slowest(workers) * compute,
            self.network.all_reduce(workers, FLOAT * self.model.parameters),
            1 + self.assumed.critical / batch_size,
        )

    def best_batch(self, workers: int) -> float:
        """The rows with which a training is over soonest. With s the factor of stragglers and C the
        all-reduce it takes (1 + B_crit / B) (s (fixed + row B / n) + C), least where
        B = sqrt(n B_crit (s fixed + C) / (s row)): more rows cost more time than they save steps.
        """
        factor = 1 + self.assumed.spread * slowest(workers)
        waits = factor * self.fixed + self.network.all_reduce(
            workers, FLOAT * self.model.parameters
        )
        least = math.sqrt(workers * self.assumed.critical * waits / (factor * self.row))
        return max(workers, least)  # each worker has a row

    def speedup(self, workers: int) -> float:
        """How many times sooner the training is over than on one worker, both with their best
        batch.
        """
        alone = self.step(1, self.best_batch(1)).training
        return alone / self.step(workers, self.best_batch(workers)).training

    def last_that_pays(self) -> int:
        """The most workers, doubled again and again, that still pay (WORTH)."""
        workers = 1
        while workers < WORKERS[-1]:
            if self.speedup(2 * workers) / self.speedup(workers) < WORTH:
                break
            workers *= 2
        return workers


NETWORKS = (
    Network("InfiniBand 400 Gb/s", 5e-6, 50e9),
    Network("Ethernet 10 Gb/s", 50e-6, 1.25e9),
)


def shipped(name: str, vocabulary: int) -> Model:
    """A language model among the shipped configs, without its data.

    Args:
        name: The config's.
        vocabulary: Tokens, with `<unk>`.
    """
    from rnnkit.cells import RecurrentSpec
    from rnnkit.config import shipped_configs
    from rnnkit.tasks.language_model.network import resolve_layers
    from rnnkit.tasks.language_model.task import LanguageModel
    from rnnkit.tasks.task import load_task

    task = load_task(shipped_configs()[name], environment=False)
    assert isinstance(task, LanguageModel)
    architecture = resolve_layers(task.task, task.model, vocabulary)
    layers = list(architecture.all_layers)
    parameters = sum(layer.parameters or 0 for layer in layers)
    looked_up = 0 if task.model.tie_weights else layers[0].parameters or 0
    return Model(
        name,
        parameters,
        parameters - looked_up,
        task.task.window or task.task.bptt,
        sum(isinstance(layer.spec, RecurrentSpec) for layer in layers),
        task.train.rows,
    )


def models() -> list[Model]:
    """Penn Treebank has 10,000 words, the fable 112 and `<unk>`."""
    return [shipped("fable", 113), shipped("ptb_small", 10_000), shipped("ptb_tied", 10_000)]


def tables(assumed: Assumptions) -> Iterator[str]:
    """The lines of the page's tables."""
    yield "| config | parameters | gradients, MB | a step's fixed time, ms | a further row, µs |"
    yield "|---|---|---|---|---|"
    for model in models():
        one = Scaling(model, NETWORKS[0], assumed)
        yield (
            f"| `{model.name}` | {model.parameters:,} | {FLOAT * model.parameters / 1e6:.1f} |"
            f" {1e3 * one.fixed:.2f} | {1e6 * one.row:.2f} |"
        )
    for model in models():
        for network in NETWORKS:
            yield ""
            yield from table(Scaling(model, network, assumed))


def table(one: Scaling) -> Iterator[str]:
    """A row for each number of workers."""
    pays = one.last_that_pays()
    yield (
        f"`{one.model.name}` over {one.network.name}: twice the workers pay up to {pays:,}"
        f" {'worker' if pays == 1 else 'workers'}, with batches of"
        f" {one.best_batch(pays):,.0f} rows."
    )
    yield ""
    yield (
        "| workers | best batch | rows per worker | compute, ms | stragglers, ms | all-reduce, ms |"
        " steps / fewest | faster than one | with the config's batch |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for workers in WORKERS:
        step = one.step(workers, one.best_batch(workers))
        same = "-"
        if workers <= one.model.batch_size:
            alone = one.step(1, one.model.batch_size).seconds
            same = f"{alone / one.step(workers, one.model.batch_size).seconds:.2f}"
        yield (
            f"| {workers:,} | {step.batch_size:,.0f} | {step.batch_size / workers:,.0f} |"
            f" {1e3 * step.compute:.2f} | {1e3 * step.straggling:.2f} |"
            f" {1e3 * step.all_reduce:.2f} | {step.steps:.2f} | {one.speedup(workers):.1f} |"
            f" {same} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    usual = Assumptions()
    for name in ("latency", "flops", "critical", "spread"):
        parser.add_argument(f"--{name}", type=float, default=getattr(usual, name))
    options = vars(parser.parse_args())
    print("\n".join(tables(replace(usual, **options))))


if __name__ == "__main__":
    main()
