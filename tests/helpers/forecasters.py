"""Series, configs of forecasters, a model that anyone can compute, and a machine that breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from rnnkit.config import parse_config
from rnnkit.generation.stepper import States
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor
from rnnkit.tasks.forecasting.task import Forecasting
from rnnkit.tasks.prepared import Prepared, Source
from tests.helpers.trained import trained_once

NUMBERS = """\
task: {{forecasting: {{timesteps: {timesteps}, horizon: {horizon}}}}}
data: {{dataset: {{numbers: {numbers}}}, scale: {scale}, split: {split}}}
model: {{embedding: none, layers: [{layers}]}}
train: {{epochs: 2, batch_size: 4}}
"""

SERIES = """\
task: {{forecasting: {{{task}}}}}
data:
  dataset: {{series: {{path: s.csv, {columns}}}}}
  transform: {transform}
  split: {{validation: 0.2, test: 0.2}}
model: {{embedding: none, layers: [{layers}]}}
train: {{epochs: 2, batch_size: 16}}
"""


def numbers_config(
    numbers: Sequence[float] | np.ndarray | range,
    *,
    timesteps: int = 2,
    horizon: int = 1,
    scale: str = "none",
    split: str = "0",
    layers: str = "simple_rnn: 3",
) -> str:
    """A config of numbers that stand in it."""
    return NUMBERS.format(
        numbers=[float(number) for number in numbers],
        timesteps=timesteps,
        horizon=horizon,
        scale=scale,
        split=split,
        layers=layers,
    )


def series_config(
    task: str = "timesteps: 4, horizon: 3",
    columns: str = "target: y, time: t",
    *,
    transform: str = "none",
    layers: str = "gru: 4",
) -> str:
    """A config of s.csv."""
    return SERIES.format(task=task, columns=columns, transform=transform, layers=layers)


def forecasting(text: str) -> Forecasting:
    """The checked config."""
    return cast(Forecasting, parse_config(text, "c.yaml"))


def prepared(text: str) -> Prepared[Any, Any]:
    """The data of a config."""
    return forecasting(text).prepare(Source())


def write_series(steps: int = 120, future: int = 0, path: str = "s.csv") -> np.ndarray:
    """Hours with y, x and a plan; the last `future` have the plan alone. Returns y."""
    generator = np.random.default_rng(0)
    hours = np.datetime64("2020-01-01T00") + np.arange(steps + future)
    wave = 20 + 5 * np.sin(2 * np.pi * np.arange(steps) / 24)
    y = np.round(wave + generator.normal(0, 0.5, steps), 3)
    x = np.round(generator.normal(0, 1, steps), 3)
    plan = generator.choice(["on", "off"], steps + future)
    rows = [
        f"{hour},{y[i]},{x[i]},{plan[i]}" if i < steps else f"{hour},,,{plan[i]}"
        for i, hour in enumerate(hours)
    ]
    Path(path).write_text("\n".join(["t,y,x,plan", *rows]) + "\n")
    return y


def write_stores(steps: dict[str, int], path: str = "s.csv") -> None:
    """Days of several stores, each on a level of its own: 0, 100, 200 and so on, and weeks."""
    lines = [
        f"{store},{np.datetime64('2023-01-01') + day},{100 * number + day % 7 + day / 10:.1f}"
        for number, (store, length) in enumerate(steps.items())
        for day in range(length)
    ]
    Path(path).write_text("\n".join(["store,t,y", *lines]) + "\n")


STORES = "target: y, time: t, series: store"


class Computed:
    """Outputs by a function of (rows, timesteps, features)."""

    def __init__(self, function: Callable[[np.ndarray], np.ndarray]):
        self._function = function

    def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
        return self._function(inputs)

    def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
        raise NotImplementedError  # a forecaster carries no state

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        raise NotImplementedError


def linear(outputs: int) -> Computed:
    """Half the last target and a share of the mean of all numbers of the window."""

    def compute(inputs: np.ndarray) -> np.ndarray:
        totals = inputs.sum(axis=(1, 2)) / inputs.shape[1]
        return np.stack(
            [0.5 * inputs[:, -1, 0] + 0.1 * (index + 1) * totals for index in range(outputs)],
            axis=1,
        )

    return Computed(compute)


def constant(*numbers: float) -> Computed:
    """The same answer to every window."""
    return Computed(lambda inputs: np.tile(np.array(numbers), (len(inputs), 1)))


def answering(
    text: str, outputs: Computed
) -> tuple[Forecasting, Prepared[Any, Any], ForecastingPredictor]:
    """A config, its data, and a predictor with such outputs."""
    task = forecasting(text)
    data = task.prepare(Source())
    return task, data, task.predictor(data.codec, outputs)


MACHINE = """\
task: {forecasting: {timesteps: 6, horizon: 1, method: recursive}}
data: {dataset: {series: {path: PATH, target: y, time: t}}, split: {validation: 0.05, test: 0.75}}
model: {embedding: none, layers: [gru: 8]}
train: {epochs: 6, batch_size: 16, learning_rate: 0.01}
"""
MACHINE_STEPS = 1500
BROKEN = range(1200, 1215)
BROKEN_WINDOW = ["2020-01-05 03:00:00.000000", "2020-01-05 06:00:00.000000"]  # 1188 to 1224


def write_machine(path: Path, steps: int = MACHINE_STEPS) -> None:
    """Waves with noise every five minutes; for a while the machine is broken."""
    noise = np.random.default_rng(0).normal(0, 0.3, MACHINE_STEPS)
    y = 50 + 5 * np.sin(np.arange(MACHINE_STEPS) / 4) + noise
    y[BROKEN] -= np.random.default_rng(1).uniform(5, 15, len(BROKEN))
    times = np.datetime64("2020-01-01T00:00") + 5 * np.arange(MACHINE_STEPS)
    rows = [f"{time},{value:.4f}" for time, value in zip(times, y, strict=True)]
    path.write_text("\n".join(["t,y", *rows[:steps]]) + "\n")


def write_machines(path: Path, steps: dict[str, int]) -> None:
    """Machines of a hall, with so many steps each; for a while all of them are broken."""
    write_machine(path)
    header, *rows = path.read_text().splitlines()
    lines = [f"{name},{row}" for name, count in steps.items() for row in rows[:count]]
    path.write_text("\n".join([f"machine,{header}", *lines]) + "\n")


def _write_machine(folder: Path) -> None:
    write_machine(folder / "machine.csv")
    (folder / "machine.yaml").write_text(MACHINE.replace("PATH", str(folder / "machine.csv")))


def _write_direct(folder: Path) -> None:
    wave = np.sin(np.arange(40))
    text = numbers_config(wave, timesteps=3, horizon=2, scale="standard", split="0.25")
    (folder / "direct.yaml").write_text(text)


trained_forecaster, _ = trained_once({"machine": _write_machine, "direct": _write_direct})
