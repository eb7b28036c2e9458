from __future__ import annotations

import os
import subprocess
import sys

import pytest

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


@pytest.mark.skipif(sys.platform != "linux", reason="no other system has such a limit")
@pytest.mark.parametrize(("backend", "kilobytes"), [("tensorflow", 1_500_000), ("jax", 600_000)])
def test_require_room_says_what_importing_a_backend_takes(backend: str, kilobytes: int) -> None:
    """It would fail anywhere within a library, some of it by an abort."""
    command = f"ulimit -v {kilobytes}; {sys.executable} -m rnnkit train fable --backend {backend}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: memory: this process may map ")
    assert (
        f"GB, which importing {backend} takes. Raise the limit, with ulimit -v unlimited"
        in done.stderr
    )
    assert ("--backend jax" in done.stderr) == (backend == "tensorflow")
