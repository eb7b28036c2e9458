from __future__ import annotations

import numpy as np
import pytest

from rnnkit.insight.reach import (
    Changes,
    Point,
    Reach,
    furthest,
    mean_change,
    reach,
    replacements,
    spaced,
    total_variation,
    worded,
)


def curve(*changes: float, first: int = 0) -> list[Point]:
    return [Point(steps, change, 0.0, 9) for steps, change in enumerate(changes, first)]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (curve(0.5, 0.25, 0.25), Reach(1, 3, 3)),
        (curve(*[0.1] * 100), Reach(50, 95, 100)),
        (curve(1.0, 0.0, 1e-9, 0.0), Reach(1, 1, 1)),
        (curve(0.0, 0.0, 1.0), Reach(3, 3, 3)),
        (curve(0.0, 0.0), Reach(0, 0, 0)),
        ([], Reach(0, 0, 0)),
        # 0 and 10 are measured: those between are on the line
        ([Point(0, 1.0, 0, 9), Point(10, 0.0, 0, 9)], Reach(4, 9, 9)),
        # two before and two after: 0.25, 0.4, 0.1
        (curve(0.05, 0.2, 0.25, 0.2, 0.05, first=-2), Reach(2, 3, 3)),
    ],
)
def test_reach_of_a_curve(points: list[Point], expected: Reach) -> None:
    assert reach(points) == expected


def test_spaced_begins_with_all_and_ends_with_the_longest() -> None:
    assert spaced(0) == [0]
    assert spaced(5) == list(range(6))
    long = spaced(500)
    assert long[:16] == list(range(16))
    assert (long[-1], sorted(set(long))) == (500, long)
    assert len(long) < 40


def test_changes_of_two_distributions() -> None:
    first, second = np.array([[1.0, 0, 0], [0.5, 0.5, 0]]), np.array([[0.0, 0, 1], [0.5, 0.5, 0]])
    assert total_variation(first, second).tolist() == [1, 0]
    assert mean_change(first, second).tolist() == [pytest.approx(2 / 3), 0]


def test_points_are_means_with_their_errors() -> None:
    changes = Changes()
    changes.add(1, np.array([1.0, 2, 3, 4, 5, 6]))
    changes.add(0, np.array([1.0, 1]))
    changes.add(0, np.array([3.0, 3]))
    changes.add(2, np.array([9.0]))  # too few
    near, far = changes.points()
    assert (near.steps, near.change, near.rows) == (0, 2, 4)
    assert far.error == pytest.approx(np.std(range(1, 7), ddof=1) / np.sqrt(6))
    assert furthest([near, far]) == 1
    alone = Changes()
    alone.add(0, np.array([0.5]))
    assert alone.points() == [Point(0, 0.5, 0.0, 1)]


def test_replacements_are_other_steps() -> None:
    generator = np.random.default_rng(0)
    pool = np.array([[1, 2], [1, 2], [1, 2], [3, 4]])
    drawn = replacements(pool, np.repeat([[1, 2]], 50, axis=0), generator)
    assert (drawn == [3, 4]).all()
    assert replacements(np.array([7]), np.array([7, 7]), generator).tolist() == [7, 7]


def test_worded_says_how_far() -> None:
    assert "last token, 95 % within the last 3 tokens, and none beyond" in worded(
        Reach(1, 3, 3), 9, "tokens"
    )
    assert "all 10 that were tried" in worded(Reach(4, 9, 10), 9, "steps")
    assert "nothing" in worded(Reach(0, 0, 0), 0, "steps")
