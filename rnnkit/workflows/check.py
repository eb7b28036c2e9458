"""Is a config right? Specs and shape rules, without starting a framework unless asked."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from rnnkit import backend
from rnnkit.config import find_config, load_config


def check(name: str, overrides: Sequence[str] = (), *, build: bool = False) -> tuple[str, Any]:
    """Checks a config.

    Args:
        name: A config's path, or the name of a shipped one.
        overrides: Assignments such as "train.epochs=3".
        build: Read the data and build the keras model too.

    Returns:
        The config's path and the checked config.

    Raises:
        RnnkitError: With every mistake, each with its file and line.
    """
    path = find_config(name)
    config = load_config(path, overrides)
    if build:
        architecture = config.architecture(config.load_data().codec)
        backend.select()
        from rnnkit.models.build import build_model

        build_model(architecture)
    return str(path), config


def describe_devices() -> list[str]:
    """What each installed backend can compute on; each is asked in a process of its own, because
    keras has one backend a process.
    """
    lines = [f"{os.cpu_count()} CPU cores"]
    for name in backend.BACKENDS:
        if importlib.util.find_spec(name) is None:
            lines.append(f"{name}: not installed")
            continue
        ask = (
            f"from rnnkit import backend; backend.select({name!r}); print(*backend.gpus(),"
            " sep=', ')"
        )
        answer = subprocess.run(
            [sys.executable, "-c", ask], capture_output=True, text=True, check=False
        )
        failure = answer.stderr.strip().splitlines()[-1:] or ["failed"]
        lines.append(
            f"{name}: {answer.stdout.strip() or 'cpu, no GPU is visible'}"
            if answer.returncode == 0
            else f"{name}: {failure[0]}"
        )
    return lines
