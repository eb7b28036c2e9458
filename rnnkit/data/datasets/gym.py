"""A synthetic workout schedule, whose rules a recurrent network has to learn."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from rnnkit.data.datasets.kinds.series import SeriesDataset
from rnnkit.data.datasets.series import SeriesFile
from rnnkit.data.raw.series import Series
from rnnkit.data.times.clock import times_at
from rnnkit.data.times.step import Step

CYCLE = ("shoulders", "biceps", "cardio")
REST = "rest"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
OUTDOORS = {"June": "running", "July": "running", "August": "running"}  # in place of cardio
FALLS_ILL, RECOVERS = 0.03, 0.35  # probabilities per day
SKIPS = 0.03  # probability of an unpredictable rest
PLANNED = 7  # days at the end whose exercise is not known yet
FIRST_DAY = np.datetime64("2020-01-01", "s")


class Gym(SeriesDataset):
    """A workout schedule: day, month and health of today are known, and the exercises of the days
    before; which one is today's?

    Shoulders, biceps and cardio take turns. There is rest on Sundays and on days of illness, and on
    a few days without a reason; after a rest the turn continues where it was, so that yesterday
    alone does not tell. In summer cardio is running, outdoors.
    """

    short: ClassVar[str | None] = "days"
    origin: ClassVar[str] = "a generator that comes with rnnkit"
    days: int = Field(1461, ge=60, le=100_000, description="how many days; four years by default")
    random_seed: int = Field(
        0,
        ge=0,
        lt=2**32,
        description="illness and skipped days; the same for every seed of the training",
    )

    @property
    def has_choices(self) -> bool:
        return True

    def load(self) -> Series:
        generator = np.random.default_rng(self.random_seed)
        rows = self.days + PLANNED
        daily = Step.parse("1D")
        first = daily.number(times_at(np.array([FIRST_DAY]), None))[0]
        times = daily.dates(first + np.arange(rows))
        # 1970 began on a Thursday
        days = np.array([DAYS[weekday] for weekday in times.day_of_week])
        months = np.array([MONTHS[month - 1] for month in times.month])
        health, exercises, turn, well = [], [], 0, True
        for day, month, chance, skips in zip(
            days.tolist(),
            months.tolist(),
            generator.random(rows),
            generator.random(rows) < SKIPS,
            strict=True,
        ):
            well = chance >= FALLS_ILL if well else chance < RECOVERS
            health.append("well" if well else "ill")
            if not well or day == "Sunday" or skips:
                exercises.append(REST)
                continue
            exercise = CYCLE[turn % len(CYCLE)]
            exercises.append(OUTDOORS.get(month, exercise) if exercise == "cardio" else exercise)
            turn += 1
        exercises[self.days :] = [""] * PLANNED
        columns = {
            "exercise": np.array(exercises),
            "day": days,
            "month": months,
            "health": np.array(health),
        }
        return Series(
            targets=("exercise",),
            columns=columns,
            known=("day", "month", "health"),
            times=times,
            step=daily,
            filled=np.zeros(rows, bool),
            future=PLANNED,
        )

    def sample(self) -> Series:
        return self.model_copy(update={"days": 400}).load()

    def read(self, path: str, step: Step | None = None) -> Series:
        known: list[str | int] = ["day", "month", "health"]
        file = SeriesFile(
            path=path,
            target="exercise",
            categorical=["exercise", *known],
            known=known,
            time="time",
        )
        return file.read(path, step)
