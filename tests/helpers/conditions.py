"""What blocks of the documentation presuppose of a machine, by the names that they say it with."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

SECONDS = 120


@contextlib.contextmanager
def _always() -> Iterator[bool]:
    yield True


@contextlib.contextmanager
def _no_network() -> Iterator[bool]:
    """Nothing was downloaded before, and nobody answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_MIRROR", "http://127.0.0.1:9")
        patch.setenv("XDG_CACHE_HOME", str(Path.cwd()))
        yield True


@contextlib.contextmanager
def _no_backend() -> Iterator[bool]:
    """As in an environment that has neither."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("tensorflow", "jax"):
            patch.setitem(sys.modules, name, None)
        patch.delenv("KERAS_BACKEND")
        yield True


@contextlib.contextmanager
def _no_gpu() -> Iterator[bool]:
    from rnnkit.backend import device

    yield not device.gpus()


KILLED = "it is killed"  # after its first epoch
CONDITIONS: dict[str, Callable[[], AbstractContextManager[bool]]] = {
    "": _always,
    KILLED: _always,
    "there is no network": _no_network,
    "there is no backend": _no_backend,
    "there is no GPU": _no_gpu,
}
"""Each says whether it can be had here."""


def killed(call: str, run: Path) -> None:
    """Runs a training in a process of its own, which is killed after an epoch.

    Args:
        call: The command.
        run: Its run folder.
    """
    command = [sys.executable, "-m", *shlex.split(call)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + SECONDS
    while not _has_an_epoch(run):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    process.kill()
    process.wait()


def _has_an_epoch(run: Path) -> bool:
    history = run / "history.csv"
    return history.exists() and history.read_text().count("\n") > 1
