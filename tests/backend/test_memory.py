from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.ranks import CONFIG

PROGRAM = """
import resource
import numpy as np
from rnnkit.backend.memory import keep_memory

keep_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(10_000_000, np.float32)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="of GNU's C library")
def test_keep_memory_spares_page_faults() -> None:
    """40 MB, allocated a second time; nothing where malloc's own variables are set."""

    def faults(**variables: str) -> int:
        process = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=True,
        )
        return int(process.stdout)

    assert faults() < 50
    assert faults(MALLOC_ARENA_MAX="4") >= faults()


@pytest.mark.skipif(sys.platform != "linux", reason="no other system has such limits")
@pytest.mark.parametrize(
    ("backend", "limit", "kilobytes", "other"),
    [
        ("tensorflow", "-v", 1_500_000, "jax"),
        ("jax", "-v", 600_000, ""),
        ("tensorflow", "-d", 300_000, ""),
        ("jax", "-d", 500_000, "tensorflow"),
        ("jax", "-S -d", 500_000, "tensorflow"),
    ],
)
def test_require_room_says_what_importing_a_backend_takes(
    backend: str, limit: str, kilobytes: int, other: str
) -> None:
    """It would fail anywhere within a library, some of it by an abort."""
    command = f"ulimit {limit} {kilobytes}; {sys.executable} -m rnnkit train fable"
    done = subprocess.run(
        ["sh", "-c", f"{command} --backend {backend}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: memory: this process may take ")
    name = f"ulimit {limit[-2:]}"
    assert f" more, by {name}. Expected at least " in done.stderr
    cure = f"Raise the limit, with {name} unlimited"
    if limit.startswith("-S") or os.geteuid() == 0:
        raised = f"ulimit -S {limit[-2:]} {kilobytes}; {name} unlimited"
        subprocess.run(["sh", "-c", raised], check=True)
    else:
        cure = f"Start it in a new shell: once {name} is set, a shell cannot raise it"
    if other and importlib.util.find_spec(other):
        cure += f", or take --backend {other}, which needs less"
    assert f" MB, which importing {backend} takes. {cure}.\n" in done.stderr


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="no other system has such limits")
@pytest.mark.parametrize("kilobytes", [150_000, 250_000, 350_000, 450_000, 550_000, 650_000])
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_process_with_little_memory_trains_or_says_so(
    backend: str, kilobytes: int, tmp_path: Path
) -> None:
    config = tmp_path / "tiny.yaml"
    config.write_text(CONFIG)
    command = f"ulimit -d {kilobytes}; exec {sys.executable} -m rnnkit train {config}"
    done = subprocess.run(
        ["sh", "-c", f"{command} --backend {backend}"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        assert done.returncode == 2, done.stderr
        assert "Error: memory: this process may take " in done.stderr


@pytest.fixture
def container() -> Iterator[Path]:
    """A control group of its own, version 1 or 2, which is empty again at the end."""
    for root in ("/sys/fs/cgroup/memory", "/sys/fs/cgroup"):
        group = Path(root) / f"rnnkit-tests-{os.getpid()}"
        with contextlib.suppress(OSError):
            group.mkdir()
            if (group / "cgroup.procs").exists() and any(group.glob("memory.*max*")):
                yield group
                group.rmdir()
                return
            group.rmdir()
    pytest.skip("cannot make a control group (needs root)")


def test_require_room_heeds_the_memory_of_a_container(container: Path) -> None:
    """The system would end it without a word."""
    names = ("memory.max", "memory.limit_in_bytes")
    limit = next(container / name for name in names if (container / name).exists())
    limit.write_text("150000000")
    command = f"echo $$ > {container}/cgroup.procs; {sys.executable} -m rnnkit train fable"
    done = subprocess.run(
        ["sh", "-c", f"{command} --backend jax"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Error: memory: this process may have 150 MB in all. Expected at least " in done.stderr
