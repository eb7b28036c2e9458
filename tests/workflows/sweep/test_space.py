import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.config.overrides import value_of
from rnnkit.errors import RnnkitError
from rnnkit.workflows.sweep.assignments import read_domain, read_space
from rnnkit.workflows.sweep.space import Choices, Range, Space, point_text

COMPOUND = ("[1, 2]", '{"cosine": {}}')


def test_domain_of_values_and_ranges() -> None:
    assert read_domain("32, 64,128", "") == Choices((32, 64, 128))
    assert read_domain("[1, 2],[3]", "") == Choices(([1, 2], [3]))
    assert read_domain("'a,b',c", "") == Choices(("a,b", "c"))
    assert read_domain("constant,{cosine: {}}", "") == Choices(("constant", {"cosine": {}}))
    assert read_domain("1e-4..1e-2:log", "") == Range(1e-4, 1e-2, True, False)
    assert read_domain("16..128", "") == Range(16, 128, False, True)
    assert read_domain("-1.5..2", "") == Range(-1.5, 2, False, False)
    assert read_domain("../data.csv,b", "") == Choices(("../data.csv", "b"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("5..2", "lower first: 2..5"),
        ("1e-2..1e-4:log", "lower first: 1e-4..1e-2:log"),
        ("2..2", "2 alone"),
        ("2..", "one end"),
        ("..1e-3:log", "one end"),
        ("0..1:log", "above 0"),
        ("a..b", "number"),
        ("1e-4..1e-2:lgo", "HIGH:log by factors"),
        ("1...inf", "number|finite"),
        ("1..1e300", "finite"),
        ("true..3", "number"),
        ("1,1", "twice"),
        ("1,,2", "empty"),
    ],
)
def test_domain_of_what_cannot_be_searched(text: str, word: str) -> None:
    with pytest.raises(RnnkitError, match=word):
        read_domain(text, "command line")


@pytest.mark.parametrize("assignments", [["epochs"], ["=1"], ["a..b=1"], ["a=1,2", "a=3"]])
def test_read_space_of_what_is_no_assignment(assignments: list[str]) -> None:
    with pytest.raises(RnnkitError, match="command line"):
        read_space(assignments)


@pytest.mark.parametrize(
    "text", ["32,64", "1e-4..1e-2:log", "1000001..2000000", "a,'b,c',true", "[1, 2],{cosine: {}}"]
)
def test_as_config_is_read_as_the_same_domain(text: str) -> None:
    """What the folder of a sweep says is this very space."""
    domain = read_domain(text, "")
    values = domain.as_config
    if isinstance(values, list):
        values = [value_of(str(value), "") if value in COMPOUND else value for value in values]
    assert read_domain(values, "") == domain


def test_read_space_keeps_what_does_not_vary_apart() -> None:
    space, fixed = read_space(["a=1,2", "b=3", "c=0.1..0.2"])
    assert list(space.domains) == ["a", "c"]
    assert fixed == {"b": 3}
    assert space.size is None
    assert space.ranges == ["c"]


def test_on_grid_has_each_combination_once() -> None:
    space, _ = read_space(["a=1,2", "b=x,y,z"])
    points = [space.grid_point(number) for number in range(6)]
    assert [point_text(point) for point in points[:3]] == ["a=1 b=x", "a=1 b=y", "a=1 b=z"]
    assert len({point_text(point) for point in points}) == space.size == 6
    drawn = [point_text(space.random_point(7, number)) for number in range(6)]
    assert sorted(drawn) == sorted(map(point_text, points))
    assert drawn != list(map(point_text, points))


@given(st.integers(0, 2**32 - 1), st.integers(0, 10**6))
def test_at_random_depends_on_seed_and_number_alone(seed: int, number: int) -> None:
    space = Space({"a": Range(1, 4, False, True), "b": Range(1e-4, 1e-2, True, False)})
    point = space.random_point(seed, number)
    assert point == space.random_point(seed, number)
    assert point["a"] in (1, 2, 3, 4)
    assert 1e-4 <= point["b"] <= 1e-2


@pytest.mark.parametrize("text", ["a=3..6", "a=1..40:log", "a=1,2,3", "a=5..7 b=x,y"])
def test_untried_has_each_point_once_where_they_can_be_counted(text: str) -> None:
    space, _ = read_space(text.split())
    tried: set[str] = set()
    for number in range(space.count or 0):
        tried.add(repr(space.untried_point(0, number, tried)))
    assert len(tried) == space.count
    assert space.untried_point(0, 99, tried) is None
    assert repr(space.untried_point(0, 0, ())) == repr(space.random_point(0, 0))


def test_count_of_what_cannot_be_counted() -> None:
    space, _ = read_space(["a=1,2", "b=0.1..0.2"])
    assert space.count is None


def test_at_random_is_spread_as_the_range_says() -> None:
    space = Space({"a": Range(1, 3, False, True), "b": Range(1e-4, 1e-2, True, False)})
    points = [space.random_point(0, number) for number in range(3000)]
    counts = np.bincount([point["a"] for point in points])[1:]
    assert np.all(np.abs(counts - 1000) < 120)  # four standard deviations
    below = np.mean([point["b"] < 1e-3 for point in points])
    assert abs(below - 0.5) < 0.04


def test_require_refuses_what_is_nothing_or_too_much() -> None:
    with pytest.raises(RnnkitError, match="no key that varies"):
        Space({}).require()
    many = Choices(tuple(range(200)))
    with pytest.raises(RnnkitError, match="40,000 combinations"):
        Space({"a": many, "b": many}).require()
