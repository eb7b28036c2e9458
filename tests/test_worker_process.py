"""Processes that answer one question after the other, and end with whoever asks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rnnkit.worker_process import Worker
from tests.conftest import REPO


def reversing(mark: str) -> Callable[[bytes], bytes]:
    """Answers what it is asked, reversed; fails for what is not a text."""

    def answer(question: bytes) -> bytes:
        text = question.decode()
        return f"{mark}{text[::-1]}{os.environ['MARK']}".encode()

    return answer


def is_running(process: int) -> bool:
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_worker_answers_until_it_is_closed_or_killed() -> None:
    worker = Worker(reversing, {"mark": ">"}, {"MARK": "<"})
    assert worker.ask(b"abc") == b">cba<"
    assert worker.ask(b"\xff") is None
    assert not worker.is_gone
    assert worker.ask(b"x" * 3_000_000) == b">" + b"x" * 3_000_000 + b"<"
    os.kill(worker.process_id, signal.SIGKILL)
    assert worker.ask(b"abc") is None
    assert worker.is_gone
    worker.close()


PARENT = """
import os, signal, time
from tests.test_worker_process import reversing
from rnnkit.worker_process import Worker
worker = Worker(reversing, {"mark": ""}, {"MARK": ""})
worker.ask(b"")
print(worker.process_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_worker_ends_when_who_asks_is_killed() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(REPO), *sys.path])}
    parent = subprocess.run(
        [sys.executable, "-c", PARENT], capture_output=True, env=environment, check=False
    )
    assert parent.returncode == -signal.SIGKILL
    worker, end = int(parent.stdout), time.monotonic() + 30
    while is_running(worker) and time.monotonic() < end:
        time.sleep(0.01)
    assert not is_running(worker)
