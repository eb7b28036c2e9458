"""What the process runs on: versions, machine, git commit, and the optional libraries."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from importlib import metadata
from typing import Any

from rnnkit import __version__
from rnnkit.errors import RnnkitError

LIBRARIES = ("keras", "tensorflow", "jax", "numpy", "tokenizers", "pydantic")
NAMES = {"sklearn": "scikit-learn"}  # the package that provides an import name


def describe_environment() -> dict[str, Any]:
    """Versions, machine and git commit, for environment.json."""
    return {
        "rnnkit": __version__,
        "python": platform.python_version(),
        "libraries": {
            library: version
            for library in LIBRARIES
            if (version := library_version(library)) is not None
        },
        "machine": platform.machine(),
        "system": platform.system(),
        "cpus": os.cpu_count(),
        "backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
        "git_commit": _git_commit(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "command": [without_password(word) for word in sys.argv[1:]],
    }


def without_password(text: str) -> str:
    """A word of a command line without the password that it may have, as in a database's URL."""
    head, separator, rest = text.partition("://")
    who, at, where = rest.rpartition("@")
    return f"{head}{separator}{who.partition(':')[0]}{at}{where}"


def library_version(library: str) -> str | None:
    """The version of a library, without importing it; None if it is unknown."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:  # not installed, or under another name (tf-nightly)
        version: str | None = getattr(sys.modules.get(library), "__version__", None)
        return version


def _git_commit() -> str | None:
    """The commit that is checked out in the current folder."""
    if not shutil.which("git"):
        return None
    answer = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def is_installed(library: str) -> bool:
    """Whether a library can be imported; it is not imported to find out."""
    return importlib.util.find_spec(library) is not None


def require(library: str, extra: str | None = None) -> None:
    """Checks that an optional library is installed; called before its import.

    Args:
        library: The name that is imported, such as "sklearn".
        extra: The extra of rnnkit that installs it; None for that of the installed backend.

    Raises:
        RnnkitError: If it is not installed, with the command that installs it.
    """
    if is_installed(library):
        return
    if extra is None:
        extra = "jax" if is_installed("jax") and not is_installed("tensorflow") else "tensorflow"
    raise RnnkitError(
        "",
        f"{NAMES.get(library, library)} is not installed",
        "",
        f"Run `pip install 'rnnkit[{extra}]'`",
    )
