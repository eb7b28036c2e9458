"""The machine, and the tests on it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator

from gpu_checks.results import REPO, NotCheckedError, Tell


def device(cpu: bool, tell: Tell) -> None:
    """What the machine is, and what it lacks."""
    if missing := [name for name in requirements() if not is_there(name)]:
        raise NotCheckedError(
            f"not installed: {', '.join(missing)}. Install them, or their wheels:"
            " pip install 'rnnkit[jax]'"
        )
    import jax
    import keras

    devices = jax.devices()
    tell("devices", [str(one.device_kind) for one in devices])
    tell("platform", devices[0].platform)
    tell("versions", {"jax": jax.__version__, "keras": keras.__version__})
    tell("processors", os.cpu_count())
    tell("torch", is_there("torch"))
    if devices[0].platform != "gpu" and not cpu:
        raise NotCheckedError("JAX sees no GPU: it needs jax[cuda] and a driver")


def requirements() -> list[str]:
    """The distributions that training on JAX imports."""
    with (REPO / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["training"], *extras["jax"]]
    names = [re.split(r"[ <>=\[;]", line)[0] for line in lines]
    return [name for name in names if name != "rnnkit"]


def is_there(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def contract(cpu: bool, tell: Tell) -> None:
    """The tests that may differ by backend and device, with products of full precision; several
    at a time, where pytest-xdist is installed.
    """
    if importlib.util.find_spec("pytest") is None or importlib.util.find_spec("hypothesis") is None:
        raise NotCheckedError("pytest or hypothesis is not installed")
    paths = ["tests/backend/test_scan.py"] if cpu else ["tests/backend", "tests/cells"]
    command = [sys.executable, "-m", "pytest", "-v", "--tb=short", "-m", "backend and not soak"]
    # a plugin may be missing here, and a library of the GPU warn: neither is a fault of rnnkit
    command += ["-o", "addopts=", "-W", "default"]
    if importlib.util.find_spec("xdist") and not cpu:
        command += ["-n", str(min(8, os.cpu_count() or 1))]
    own = {"JAX_DEFAULT_MATMUL_PRECISION": "highest", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    counts, failed, last = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0, "ERROR": 0}, [], ""
    for last in lines_of([*command, *paths], {**os.environ, **own}):
        if match := re.search(r"\b(PASSED|FAILED|SKIPPED|ERROR)\b", last):
            if "::" not in last or last.startswith(("FAILED", "ERROR")):  # of the summary
                continue
            counts[match[1]] += 1
            failed += re.findall(r"tests/\S+", last) if match[1] in ("FAILED", "ERROR") else []
            tell("tests", {**counts, "failed": failed})
    tell("pytest", last)
    assert not failed, f"{len(failed)} tests failed"
    assert counts["PASSED"], f"no test ran: {last}"


def lines_of(command: list[str], environment: dict[str, str]) -> Iterator[str]:
    """What a command says, line by line."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=REPO,
        env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", file=sys.stderr)
            if line.strip():
                yield line.strip()
