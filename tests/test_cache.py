"""What is kept between trainings: complete or absent, bounded, and gone at any time."""

from __future__ import annotations

import logging
import os
import zipfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from rnnkit.cache import Cache, cache_folder
from rnnkit.errors import RnnkitError

ARRAYS = {"weights": np.arange(1000.0), "names": np.array(["a", "é"])}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "computed")


def files(cache: Cache) -> list[str]:
    assert cache.folder is not None
    return sorted(path.name for path in cache.folder.iterdir())


def test_get_gives_what_was_put_and_nothing_under_another_key(cache: Cache) -> None:
    assert cache.get("one") is None
    cache.put("one", ARRAYS)
    kept = cache.get("one")
    assert kept is not None
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(kept[name], array)
        assert kept[name].dtype == array.dtype
    assert cache.get("other") is None
    cache.clear()
    assert cache.get("one") is None
    assert cache.size() == (0, 0)


@pytest.mark.parametrize("damage", ["truncated", "a byte", "text", "empty"])
def test_get_removes_a_damaged_file_with_a_remark(
    cache: Cache, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    cache.put("one", ARRAYS)
    assert cache.folder is not None
    path = cache.folder / "one.npz"
    content = bytearray(path.read_bytes())
    content[4000] ^= 1
    damaged = {"truncated": content[:5000], "a byte": content, "text": b"hello", "empty": b""}
    path.write_bytes(damaged[damage])
    with caplog.at_level(logging.WARNING, logger="rnnkit"):
        assert cache.get("one") is None
    assert "one.npz" in caplog.text
    assert files(cache) == []


def test_put_removes_the_least_recently_used_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most_bytes=30_000)
    for second, key in enumerate("abc"):
        cache.put(key, {"x": np.zeros(1000)})
        os.utime(tmp_path / f"{key}.npz", (second, second))
    cache.get("a")
    cache.put("d", {"x": np.zeros(1000)})
    assert files(cache) == ["a.npz", "c.npz", "d.npz"]
    cache.put("larger than all", {"x": np.zeros(4000)})
    assert files(cache) == ["a.npz", "c.npz", "d.npz"]


def test_size_counts_what_a_killed_process_left(cache: Cache) -> None:
    cache.put("one", ARRAYS)
    assert cache.folder is not None
    for name, age in ((".two.npz.1.tmp", 7200), (".three.npz.2.tmp", 0)):
        left = cache.folder / name
        left.write_bytes(b"1234")
        os.utime(left, (left.stat().st_mtime - age,) * 2)
    assert cache.size()[0] == 2
    cache.clear()
    assert files(cache) == [".three.npz.2.tmp"]  # somebody is writing it


def test_put_survives_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    cache = Cache(tmp_path / "taken" / "computed")
    cache.put("one", ARRAYS)
    assert cache.get("one") is None
    with pytest.raises(RnnkitError, match=r"RNNKIT_CACHE.*taken"):
        cache.size()


@pytest.mark.parametrize("foreign", ["another result", "a zip", "a folder"])
def test_get_takes_nothing_foreign_for_a_result(
    cache: Cache, foreign: str, caplog: pytest.LogCaptureFixture
) -> None:
    cache.put("other", ARRAYS)
    assert cache.folder is not None
    path, other = cache.folder / "one.npz", cache.folder / "other.npz"
    if foreign == "a folder":
        path.mkdir()
    elif foreign == "a zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("notes.txt", "hello")
    else:
        path.write_bytes(other.read_bytes())
    assert cache.get("one") is None
    assert "one.npz" in caplog.text
    assert cache.size()[0] == 1


def test_put_counts_compiled_programs(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "computed", most_bytes=30_000)
    program = tmp_path / "xla" / "jit_step-cache"
    program.parent.mkdir()
    program.write_bytes(bytes(25_000))
    assert cache.size() == (1, 25_000)
    os.utime(program, (1, 1))
    cache.put("one", ARRAYS)
    assert not program.exists()
    assert files(cache) == ["one.npz"]


def put_and_get(folder: Path, rounds: int) -> int:
    """How often what another process writes at the same time was whole."""
    cache = Cache(folder, most_bytes=40_000)
    whole = 0
    for number in range(rounds):
        key = str(number % 3)
        cache.put(key, ARRAYS)
        kept = cache.get(key)
        whole += kept is None or np.array_equal(kept["weights"], ARRAYS["weights"])
    return whole


def test_several_processes_may_put_and_get_at_once(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        counts = list(pool.map(put_and_get, [tmp_path] * 2, [60] * 2))
    assert counts == [60, 60]
    assert not list(tmp_path.glob("*.tmp"))


def test_of_environment_has_a_folder_of_its_own_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path))
    monkeypatch.setenv("RNNKIT_CACHE_GB", "0.5")
    assert Cache.of_environment() == Cache(tmp_path / "computed", 5e8)
    for off in ("", "0"):
        monkeypatch.setenv("RNNKIT_CACHE", off)
        assert Cache.of_environment().folder is None
    monkeypatch.delenv("RNNKIT_CACHE")
    assert Cache.of_environment().folder == cache_folder() / "computed"


@pytest.mark.parametrize("size", ["much", "-1", "inf", ""])
def test_of_environment_names_a_size_that_is_none(
    size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_CACHE_GB", size)
    with pytest.raises(RnnkitError, match=r"RNNKIT_CACHE_GB.*gigabytes"):
        Cache.of_environment()
