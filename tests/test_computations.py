"""Computations by what they depend on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit import checksums
from rnnkit.cache import Cache
from rnnkit.computations import Arrays, Computation, ComputedResults

calls: list[int] = []
NUMBERS = np.arange(20_000, dtype=np.int64)  # enough to be looked up


def doubled(numbers: np.ndarray, times: float = 2) -> Arrays:
    calls.append(len(numbers))
    return {"numbers": numbers * times}


def tripled(numbers: np.ndarray, times: float = 3) -> Arrays:
    return {"numbers": numbers * times}


@pytest.fixture
def results(tmp_path: Path) -> ComputedResults:
    calls.clear()
    return ComputedResults(Cache(tmp_path / "computed"), worth_seconds=0)


def test_key_changes_with_everything_that_the_result_depends_on() -> None:
    changed = NUMBERS.copy()
    changed[-1] += 1
    different = [
        Computation(doubled, {"numbers": NUMBERS}),
        Computation(tripled, {"numbers": NUMBERS}),
        Computation(doubled, {"numbers": changed}),
        Computation(doubled, {"numbers": NUMBERS.astype(np.int32)}),
        Computation(doubled, {"numbers": NUMBERS.view(np.uint64)}),
        Computation(doubled, {"numbers": NUMBERS.reshape(2, -1)}),
        Computation(doubled, {"numbers": NUMBERS[:-1]}),
        Computation(doubled, {"numbers": NUMBERS, "times": 2}),
        Computation(doubled, {"numbers": NUMBERS, "times": 2.0}),
        Computation(doubled, {"numbers": NUMBERS, "times": "2"}),
        Computation(doubled, {"numbers": NUMBERS, "times": None}),
    ]
    assert len({computation.key for computation in different}) == len(different)
    assert Computation(doubled, {"numbers": NUMBERS.copy()}).key == different[0].key


@pytest.mark.parametrize("what", ["a source", "a new source", "a version"])
def test_key_changes_with_code_and_versions(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("x = 1\n")
    monkeypatch.setattr(checksums.rnnkit, "__file__", str(package / "__init__.py"))
    checksums.code_checksum.cache_clear()
    before = Computation(doubled, {"numbers": NUMBERS}).key
    if what == "a version":
        monkeypatch.setattr(checksums, "LIBRARIES", ("numpy",))
    else:
        name = "__init__.py" if what == "a source" else "new.py"
        (package / name).write_text("x = 2\n")
    checksums.code_checksum.cache_clear()
    try:
        assert Computation(doubled, {"numbers": NUMBERS}).key != before
    finally:
        checksums.code_checksum.cache_clear()


def test_result_is_computed_once(results: ComputedResults) -> None:
    computation = Computation(doubled, {"numbers": NUMBERS})
    first = results.result(computation)["numbers"]
    again = ComputedResults(results.cache).result(Computation(doubled, {"numbers": NUMBERS.copy()}))
    np.testing.assert_array_equal(again["numbers"], first)
    assert calls == [20_000]
    results.result(Computation(doubled, {"numbers": NUMBERS + 1}))
    assert calls == [20_000, 20_000]


def test_result_is_computed_again_where_it_was_deleted_or_is_off(results: ComputedResults) -> None:
    computation = Computation(doubled, {"numbers": NUMBERS})
    results.result(computation)
    results.cache.clear()
    results.result(computation)
    ComputedResults(Cache(None)).result(computation)
    assert len(calls) == 3


def test_result_keeps_nothing_that_is_small_or_quick(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "computed")
    ComputedResults(cache).result(Computation(doubled, {"numbers": NUMBERS}))
    ComputedResults(cache, worth_seconds=0).result(Computation(doubled, {"numbers": NUMBERS[:100]}))
    assert cache.size() == (0, 0)
