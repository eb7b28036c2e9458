"""Calls in another process: their results, and what is left of them when either side dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rnnkit.background_call import BackgroundCall
from rnnkit.cache import Cache
from rnnkit.computations import Arrays, Computation, ComputedResults
from tests.conftest import REPO

NUMBERS = np.arange(300_000.0)  # more than a pipe holds, and enough to be started


def doubled(numbers: np.ndarray) -> Arrays:
    print("what a library says")
    return {"numbers": numbers * 2, "process": np.array(os.getpid())}


def fails(numbers: np.ndarray) -> Arrays:
    raise ValueError(numbers.shape)


def sleeps(file: str) -> Arrays:
    Path(file).with_suffix(".new").write_text(str(os.getpid()))
    Path(file).with_suffix(".new").rename(file)
    time.sleep(600)
    return {}


def waited_for(file: Path) -> int:
    """The number of the process that sleeps."""
    until = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    return int(file.read_text())


def is_gone(process: int) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{process}/stat")  # where it is, the dead that nobody waited for too
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def running() -> Iterator[list[BackgroundCall]]:
    started: list[BackgroundCall] = []
    yield started
    for call in started:
        call.close()


def test_result_is_what_the_function_returns_and_prints_is_no_part_of_it(
    running: list[BackgroundCall],
) -> None:
    running.append(BackgroundCall(doubled, {"numbers": NUMBERS}))
    arrays = running[0].result()
    assert arrays is not None
    np.testing.assert_array_equal(arrays["numbers"], NUMBERS * 2)
    assert int(arrays["process"]) != os.getpid()
    assert is_gone(int(arrays["process"]))


def test_result_is_none_where_the_function_fails_or_its_process_is_killed(
    running: list[BackgroundCall], tmp_path: Path
) -> None:
    running += [
        BackgroundCall(fails, {"numbers": NUMBERS}),
        BackgroundCall(sleeps, {"file": str(tmp_path / "process")}),
    ]
    os.kill(waited_for(tmp_path / "process"), signal.SIGTERM)
    assert [call.result() for call in running] == [None, None]


def test_ctrl_c_is_left_to_the_training(running: list[BackgroundCall], tmp_path: Path) -> None:
    running.append(BackgroundCall(sleeps, {"file": str(tmp_path / "process")}))
    process = waited_for(tmp_path / "process")
    os.kill(process, signal.SIGINT)
    time.sleep(0.1)
    os.kill(process, 0)
    running[0].close()
    assert is_gone(process)


def test_nothing_stays_when_the_training_is_killed(tmp_path: Path) -> None:
    program = f"""
import time
from rnnkit.background_call import BackgroundCall
from tests.test_background_call import sleeps
call = BackgroundCall(sleeps, {{"file": {str(tmp_path / "process")!r}}})
time.sleep(600)
"""
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    parent = subprocess.Popen([sys.executable, "-c", program], env=environment)
    try:
        process = waited_for(tmp_path / "process")
    finally:
        parent.kill()
        parent.wait()
    assert is_gone(process)


@pytest.mark.parametrize("is_killed", [False, True])
def test_computed_takes_what_was_started_or_computes_it(is_killed: bool, tmp_path: Path) -> None:
    computed = ComputedResults(Cache(tmp_path))
    computation = Computation(doubled, {"numbers": NUMBERS})
    small = Computation(doubled, {"numbers": NUMBERS[:100]})
    computed.start([computation, small])
    assert len(computed._running) == 1
    if is_killed:
        next(iter(computed._running.values()))._process.kill()
    arrays = computed.result(computation)
    np.testing.assert_array_equal(arrays["numbers"], NUMBERS * 2)
    assert (int(arrays["process"]) == os.getpid()) is is_killed
    assert computed.cache.holds(computation.key) is not is_killed  # it took no time here
    computed.start([computation] if not is_killed else [])
    assert not computed._running
    computed.close()
