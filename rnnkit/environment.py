"""Versions, machine and git commit of a run."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import time
from importlib import metadata
from typing import Any

LIBRARIES = ("keras", "tensorflow", "jax", "numpy", "tokenizers", "pydantic")


def describe_environment() -> dict[str, Any]:
    """Versions, machine and git commit, for environment.json."""
    versions = {}
    for library in LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[library] = metadata.version(library)
    commit = (
        subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
        if shutil.which("git")
        else None
    )
    return {
        "rnnkit": metadata.version("rnnkit"),
        "python": platform.python_version(),
        "libraries": versions,
        "machine": platform.machine(),
        "system": platform.system(),
        "cpus": os.cpu_count(),
        "backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
        "git_commit": (commit.stdout.strip() or None) if commit else None,
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "command": sys.argv[1:],
    }
