"""Validates a config and its shape rules; starts a framework only to build the model."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence

from rnnkit import backend
from rnnkit.names import find_config
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task, load_task
from rnnkit.workflows.memory import require_memory
from rnnkit.workflows.sweep.plan import SweepOptions, make_plan
from rnnkit.workflows.sweep.plan_checks import require_configs


def check(name: str, overrides: Sequence[str] = (), *, build: bool = False) -> tuple[str, Task]:
    """Checks a config.

    Args:
        name: A config's path, the name of a shipped one, or a run.
        overrides: Assignments such as "train.epochs=3".
        build: Also read the data and build the Keras model.

    Returns:
        The config's path and the checked config.

    Raises:
        RnnkitError: With every mistake and its file and line. With `build`, also if the training
            takes more memory than this machine has.
    """
    path = find_config(name)
    task = load_task(path, overrides)
    if task.sweep is not None:
        require_configs(make_plan(SweepOptions(str(path)), overrides))
    if build:
        data = task.prepare(Source())
        network = task.network(data.codec)
        require_memory(network, data, task.train)
        backend.select()
        from rnnkit.models.build import build_model

        build_model(network.architecture)
    return str(path), task


def describe_devices() -> list[str]:
    """The devices of this machine, a line for the CPU and one for each backend. Each backend is
    queried in its own process, because Keras has one backend per process.
    """
    lines = [f"{os.cpu_count()} CPU cores"]
    for name in backend.BACKENDS:
        if importlib.util.find_spec(name) is None:
            lines.append(f"{name}: not installed")
            continue
        program = (
            f"from rnnkit import backend; backend.select({name!r});"
            " print(*backend.gpus(), sep=', ')"
        )
        command = [sys.executable, "-c", program]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        failure = answer.stderr.strip().splitlines()[-1:] or ["failed"]
        devices = answer.stdout.strip() or "cpu, no GPU is visible"
        lines.append(f"{name}: {devices if answer.returncode == 0 else failure[0]}")
    return lines
