"""What a run remembers of the process that made it, and what is optional."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import sysconfig
import textwrap
from importlib.metadata import version
from pathlib import Path

import pytest

import rnnkit
from rnnkit.environment import (
    describe_environment,
    is_installed,
    library_version,
    require,
    without_password,
)
from rnnkit.errors import RnnkitError
from tests.conftest import REPO


def test_describe_environment() -> None:
    environment = describe_environment()
    for library in ("keras", "tensorflow", "numpy", "tokenizers", "pydantic"):
        assert environment["libraries"][library] == version(library)
    assert environment["rnnkit"] == rnnkit.__version__
    assert environment["python"] == ".".join(map(str, sys.version_info[:3]))
    assert environment["backend"] == os.environ["KERAS_BACKEND"]
    assert environment["cpus"] == os.cpu_count()
    assert environment["command"] == sys.argv[1:]
    assert environment["git_commit"] is None  # the current folder is no checkout
    started = datetime.datetime.strptime(environment["started"], "%Y-%m-%dT%H:%M:%S%z")
    assert abs(datetime.datetime.now(datetime.UTC) - started) < datetime.timedelta(hours=1)


def test_describe_environment_git_commit() -> None:
    author = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.invalid"]
    for arguments in (["init", "-q"], [*author, "commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", *arguments], check=True)
    head = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(head, check=True, capture_output=True, text=True).stdout.strip()
    assert describe_environment()["git_commit"] == commit


def test_describe_environment_keeps_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["rnnkit", "sweep", "--storage=mysql://me:a@b@host:1/x"])
    assert describe_environment()["command"] == ["sweep", "--storage=mysql://me@host:1/x"]
    for word in ("sqlite:///x.db", "a/b:c@d.journal", "https://host/x", ""):
        assert without_password(word) == word


def test_library_version() -> None:
    assert library_version("numpy") == version("numpy")
    assert library_version("no_such_library") is None


def test_describe_environment_of_a_source_tree_not_installed(tmp_path: Path) -> None:
    """A run is begun where all libraries are there but rnnkit's own metadata."""
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "rnnkit" not in path.name.lower() and path.suffix != ".pth":
            (libraries / path.name).symlink_to(path)
    program = """
        import importlib.metadata
        from rnnkit.run import RunFolder
        assert not [found for found in importlib.metadata.distributions() if found.name == "rnnkit"]
        print(RunFolder.create("new", "a config\\n").environment.read_text())
    """
    # -S: without the site-packages of this environment
    process = subprocess.run(
        [sys.executable, "-S", "-c", textwrap.dedent(program)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(libraries), str(REPO)])},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    record = json.loads(process.stdout)
    assert (record["rnnkit"], record["libraries"]["keras"]) == (
        rnnkit.__version__,
        version("keras"),
    )


def test_require(monkeypatch: pytest.MonkeyPatch) -> None:
    require("numpy")
    monkeypatch.setitem(sys.modules, "sklearn", None)  # as if it were not installed
    assert not is_installed("sklearn")
    with pytest.raises(RnnkitError, match=r"scikit-learn.*pip install 'rnnkit\[tensorflow\]'"):
        require("sklearn")
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(RnnkitError, match=r"scikit-learn.*pip install 'rnnkit\[jax\]'"):
        require("sklearn")
