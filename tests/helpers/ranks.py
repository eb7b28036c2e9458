"""Trainings by several processes of this machine, which are killed in between."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from rnnkit.run import RunFolder

CONFIG = """
task: {language_model: {window: 3}}
data: {dataset: fable}
model: {embedding: 4, layers: [{lstm: {units: 8, dropout: 0.2}}]}
train: {epochs: 3, batch_size: 33, checkpoint: {every_steps: 2}}
"""
SOON = 15.0
"""Seconds within which the others end."""


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "rnnkit", "train", *map(str, words)]


def environment(**further: str) -> dict[str, str]:
    """JAX on the processor; compiled fast, since little runs."""
    own = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    return {**os.environ, **own, **further}


def trained(*words: object, code: int = 0, **further: str) -> subprocess.CompletedProcess[str]:
    """A training that ends by itself."""
    done = subprocess.run(
        command(*words),
        env=environment(**further),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def started(*words: object) -> subprocess.Popen[str]:
    """One that is to be stopped."""
    return subprocess.Popen(
        command(*words),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def member(launcher: subprocess.Popen[str], rank: int) -> int:
    """The process number of one that a launcher started."""
    children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
    words = {pid: Path(f"/proc/{pid}/cmdline").read_text().split("\0") for pid in children}
    (found,) = [
        int(pid)
        for pid, own in words.items()
        if "--process-id" in own and own[own.index("--process-id") + 1] == str(rank)
    ]
    return found


def listening(pid: int) -> set[str]:
    """The addresses at which a process listens, as Linux writes them."""
    files = Path(f"/proc/{pid}/fd").iterdir()
    own = {str(file.readlink()) for file in files if file.is_symlink()}
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
    ]
    return {
        row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own
    }


def wait_until_met(address: str) -> None:
    """Until process 0 listens no more, since both are there."""
    own = f"{int(address.rpartition(':')[2]):04X}"

    def states() -> set[str]:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return {row[3] for row in rows if row[1].endswith(f":{own}")}

    until = time.monotonic() + 120
    while "01" not in (now := states()) or "0A" in now:  # established, listening
        assert time.monotonic() < until, "they do not meet"
        time.sleep(0.01)


def wait_for_step(run: Path, step: int) -> None:
    """Until a checkpoint is there that is at least so far; Ray takes its time to start."""
    until = time.monotonic() + 240
    while not any(int(path.name[5:]) >= step for path in run.glob("checkpoints/step-?????????")):
        assert time.monotonic() < until, "no checkpoint"
        time.sleep(0.02)


def ended(process: subprocess.Popen[str], seconds: float = SOON) -> tuple[int, str]:
    """Its exit code and what it said; a test fails where it takes longer than so many seconds."""
    try:
        results, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        raise
    return process.returncode, results + said


def advised(said: str) -> list[str]:
    """The words after `rnnkit train` of the command that a stopped training says continues it."""
    (line,) = re.findall(r"(?:next|Continue with): rnnkit train (.+?)\.?$", said, re.MULTILINE)
    return shlex.split(line)


def weights(run: Path) -> dict[str, np.ndarray]:
    with np.load(run / "weights.npz") as arrays:
        return dict(arrays)


def last_state(run: Path) -> str:
    """The checksum of every variable of the newest checkpoint."""
    newest = max(RunFolder(run).checkpoints.glob("step-?????????"))
    with np.load(newest / "state.npz") as arrays:
        content = b"".join(arrays[name].tobytes() for name in sorted(arrays))
    return f"{newest.name} {hashlib.sha256(content).hexdigest()}"


def furthest(one: Path, other: Path) -> float:
    """The largest difference between two weights of two runs."""
    before, after = weights(one), weights(other)
    return max(float(np.abs(before[name] - after[name]).max()) for name in before)
