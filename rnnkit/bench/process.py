"""Starts the process of a peer, and requests its work."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from rnnkit.bench.peer import Peer
from rnnkit.errors import RUN_FAILED, RnnkitError


class PeerProcess:
    """A peer in a process of its own, which does a unit of work for each call.

    Args:
        name: The name of the peer.
        peer: The peer.
        folder: The folder of its work, for messages and results as well.
    """

    def __init__(self, name: str, peer: Peer, folder: Path):
        self.name, self.peak, self.answer = name, 0, dict[str, Any]()
        self._errors = open(folder / f"{name}.log", "w+", encoding="utf-8")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rnnkit.bench", name, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, **peer.environment},
        )

    def __call__(self) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            self._errors.seek(0)
            last = (self._errors.read().strip().splitlines() or ["no message"])[-1]
            raise RnnkitError(
                f"--against {self.name}", f"its process ended: {last}", exit_code=RUN_FAILED
            )
        self.answer = json.loads(line)
        return np.load(self.answer["result"]) if "result" in self.answer else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the process."""
        if kind is not None:  # after a signal or a failure, it need not finish its unit
            self._process.kill()
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()
