"""The workout schedule: its rules, read back from what it makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rnnkit.data.datasets.gym import CYCLE, PLANNED, Gym


def test_gym_load_follows_the_rules() -> None:
    series = Gym(days=2000).load()
    columns = {name: values[: len(series)].tolist() for name, values in series.columns.items()}
    days = list(
        zip(columns["exercise"], columns["day"], columns["month"], columns["health"], strict=True)
    )
    assert all(
        exercise == "rest"
        for exercise, day, _, health in days
        if day == "Sunday" or health == "ill"
    )
    trained = [(exercise, month) for exercise, _, month, _ in days if exercise != "rest"]
    for turn, (exercise, month) in enumerate(trained):
        summer = month in ("June", "July", "August")
        expected = CYCLE[turn % 3]
        assert exercise == ("running" if expected == "cardio" and summer else expected)
    skipped = sum(
        exercise == "rest" and day != "Sunday" and health == "well"
        for exercise, day, _, health in days
    )
    assert 0.01 < skipped / len(days) < 0.05
    assert 0.03 < columns["health"].count("ill") / len(days) < 0.15


def test_gym_load_has_the_days_and_months_of_the_calendar() -> None:
    series = Gym(days=500).load()
    assert series.times is not None
    for time, day, month in zip(
        series.times, series.columns["day"], series.columns["month"], strict=True
    ):
        assert time.strftime("%A %B") == f"{day} {month}"
    assert (str(series.step), len(series), series.future) == ("1D", 500, PLANNED)


def test_gym_load_plans_the_next_days_without_the_exercise() -> None:
    series = Gym().load()
    assert series.columns["exercise"][len(series) :].tolist() == [""] * PLANNED
    assert all((series.columns[name] != "").all() for name in series.known)


def test_gym_load_depends_only_on_the_seed() -> None:
    first, again, other = Gym(days=300), Gym(days=300), Gym(days=300, random_seed=1)
    assert first.load().columns["exercise"].tolist() == again.load().columns["exercise"].tolist()
    assert first.load().columns["exercise"].tolist() != other.load().columns["exercise"].tolist()
    assert first.sample().rows == 400 + PLANNED


def test_gym_read_reads_the_users_own_schedule(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "time,exercise,day,month,health\n2024-01-01,rest,Monday,January,ill\n2024-01-02,biceps,Tuesday,January,well\n2024-01-03,,Wednesday,January,well\n"
    )
    series = Gym().read("mine.csv")
    assert (len(series), series.future, series.targets) == (2, 1, ("exercise",))
    assert np.array_equal(series.columns["health"], ["ill", "well", "well"])
