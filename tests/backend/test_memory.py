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
