import math
from pathlib import Path

import optuna
import pytest

from rnnkit.workflows.sweep.assignments import read_space
from rnnkit.workflows.sweep.sampler import (
    NumberedSampler,
    decode_point,
    distributions,
    encode_point,
)
from rnnkit.workflows.sweep.space import Point, Space
from rnnkit.workflows.sweep.storages import open_storage

RANGES, _ = read_space(["rate=1e-4..1e-1:log", "units=8..64", "cell=a,[1, 2],true"])
VALUES, _ = read_space(["a=1,2,3", "b=x,y,z,w"])
WHOLE, _ = read_space(["a=1..6", "b=x,y"])


def distance(point: Point) -> float:
    """A score whose least is at a rate of 0.01 and 32 units."""
    return abs(math.log10(point["rate"]) + 2) + abs(point["units"] - 32) / 32


def continued(folder: Path, space: Space, trials: int, *, restarts: bool) -> list[Point]:
    """The points of trials that are drawn and scored in turn, by a process that starts again after
    each of them or not.
    """
    points: list[Point] = []
    folder.mkdir()
    study = None
    while len(points) < trials:
        if study is None or restarts:
            study = optuna.create_study(
                storage=open_storage(None, folder),
                study_name="study",
                sampler=NumberedSampler(space, 0, []),
                load_if_exists=True,
            )
        trial = study.ask(distributions(space))
        points.append(decode_point(space, trial.params))
        study.tell(trial, distance(points[-1]) if "rate" in points[-1] else points[-1]["a"])
    return points


def test_points_do_not_repeat_after_a_restart(tmp_path: Path) -> None:
    """A sampler of a fixed seed that is made anew would draw its first point for ever."""
    never = continued(tmp_path / "never", RANGES, 16, restarts=False)
    always = continued(tmp_path / "always", RANGES, 16, restarts=True)
    assert always == never
    assert len(set(map(repr, always))) == 16


@pytest.mark.parametrize("space", [VALUES, WHOLE])
def test_points_that_can_be_counted_come_once_each(tmp_path: Path, space: Space) -> None:
    points = continued(tmp_path / "all", space, 12, restarts=False)
    assert len(set(map(repr, points))) == space.count == 12


def test_tpe_comes_nearer_than_chance(tmp_path: Path) -> None:
    points = continued(tmp_path / "all", RANGES, 40, restarts=False)
    random = [RANGES.random_point(0, number) for number in range(40)]
    assert points[:10] == random[:10]
    late = sum(map(distance, points[25:])) / 15
    assert late < 0.6 * sum(map(distance, random)) / 40


@pytest.mark.parametrize("number", range(3))
def test_encoded_is_decoded_to_the_same(number: int) -> None:
    point = RANGES.random_point(3, number) | {"cell": ["a", [1, 2], True][number]}
    assert decode_point(RANGES, encode_point(RANGES, point)) == point
