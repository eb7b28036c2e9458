from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnkit import kernels
from rnnkit.kernels import library

has_library = pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the library, which is the one that is looked for."""
    real = library.path()
    place = tmp_path / real.name
    for file in (real, real.with_suffix(".sha256")):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(library, "path", lambda: place)
    return place


def test_why_missing_without_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "path", lambda: tmp_path / "none.so")
    assert "none.so is missing" in kernels.why_missing()
    with pytest.raises(library.MissingLibrary, match="missing"):
        library.load()


@has_library
def test_why_missing_of_a_damaged_library(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[len(content) // 2] ^= 0xFF
    copy.write_bytes(content)
    assert f"{copy} is damaged" in kernels.why_missing()


@has_library
def test_is_available_names_a_damaged_library_once(copy: Path, said: list[str]) -> None:
    copy.write_bytes(b"no library")
    assert not kernels.is_available()
    assert not kernels.is_available()
    (line,) = said
    assert str(copy) in line


def rewritten(copy: Path, content: bytes) -> str:
    """Why a library of this content is not used, whose checksum is right."""
    copy.write_bytes(content)
    copy.with_suffix(".sha256").write_text(hashlib.sha256(content).hexdigest())
    return kernels.why_missing()


@has_library
def test_why_missing_of_a_library_for_another_processor(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[18:20] = b"\xf3\x00"  # ELF's machine: RISC-V
    why = rewritten(copy, bytes(content))
    assert f"{copy} does not run here" in why
    assert sys.platform != "linux" or "for another processor" in why


@has_library
def test_why_missing_of_a_library_that_lacks_a_call(copy: Path) -> None:
    """Of this version by its number, and built from other sources."""
    content = copy.read_bytes().replace(b"rnnkit_sum_rows", b"rnnkit_sum_rowz")
    why = rewritten(copy, content)
    assert f"{copy} does not run here" in why
    assert "rnnkit_sum_rows" in why


@has_library
@pytest.mark.parametrize("share", [0.0, 0.0001, 0.002, 0.5, 0.95])
def test_why_missing_of_a_truncated_library(copy: Path, share: float) -> None:
    """Mapped as it is, it would end the process."""
    content = copy.read_bytes()
    why = rewritten(copy, content[: int(len(content) * share)])
    assert str(copy) in why
    assert kernels.CURE in why


@has_library
@pytest.mark.parametrize("content", [bytes(4096), b"MZ" + bytes(4096), b"\xcf\xfa\xed\xfe"])
def test_why_missing_of_what_is_no_library_here(copy: Path, content: bytes) -> None:
    why = rewritten(copy, content)
    assert f"{copy} does not run here" in why
    assert kernels.CURE in why


@has_library
def test_why_missing_of_an_older_library(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "ABI", library.ABI + 1)
    assert f"{copy} has another version ({library.ABI - 1}" in kernels.why_missing()


def test_why_missing_of_a_library_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "path", lambda: tmp_path)
    assert f"{tmp_path} cannot be read" in kernels.why_missing()


@has_library
def test_instruction_sets_end_with_the_baseline() -> None:
    assert library.instruction_sets()[-1] == "baseline"
    assert kernels.instruction_set() == library.instruction_sets()[0]


def test_threads_are_those_of_the_process_or_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert 1 <= kernels.threads() <= library.MAX_THREADS
    monkeypatch.setenv("RNNKIT_THREADS", " 3 ")
    assert kernels.threads() == 3
    monkeypatch.setenv("RNNKIT_THREADS", f"0{library.MAX_THREADS}")
    assert kernels.threads() == library.MAX_THREADS


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "1000000000", "9" * 5000])
def test_threads_names_a_wrong_number_once_and_takes_all(
    text: str, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    every = kernels.threads()
    monkeypatch.setenv("RNNKIT_THREADS", text)
    library._warn.cache_clear()
    assert kernels.threads() == kernels.threads() == every
    (line,) = said
    assert "RNNKIT_THREADS" in line
    assert text[:10] in line
    assert len(line) < 120


@has_library
def test_is_available_names_a_wrong_number_of_threads(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """Before anything is computed: who started a server reads it, not its first client."""
    monkeypatch.setenv("RNNKIT_THREADS", "two")
    library._warn.cache_clear()
    assert kernels.is_available()
    (line,) = said
    assert "RNNKIT_THREADS" in line


def _sum() -> float:
    x = np.ones((64, 30, 16), np.float32)
    weights = [np.full(shape, 0.01, np.float32) for shape in ((16, 64), (16, 64), (64,))]
    os.environ["RNNKIT_THREADS"] = "2"
    (answer,) = kernels.forward([kernels.Pass("lstm", x, weights)])
    return float(answer.state[0].sum())


@has_library
@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*")
def test_forward_works_in_a_forked_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of the parent's pool are not there."""
    monkeypatch.setenv("RNNKIT_THREADS", "2")
    here = _sum()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_sum).get(timeout=60) == here
