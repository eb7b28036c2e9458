"""scripts/gpu_check.sh runs to its end without a GPU, and says what it could not check."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPO

SCRIPT = REPO / "scripts" / "gpu_check.sh"

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="a shell script"),
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed"),
]


def check(*options: str, **environment: str) -> tuple[int, dict[str, dict[str, object]]]:
    """Its exit code and its JSON."""
    done = subprocess.run(
        [SCRIPT, *options, "--output", Path("found.json").resolve()],
        env={**os.environ, "PYTHON": sys.executable, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(Path("found.json").read_text(encoding="utf-8"))


def test_gpu_check_runs_to_its_end_on_a_cpu() -> None:
    code, found = check("--cpu", "--seconds", "800")
    states = {name: one["state"] for name, one in found.items()}
    assert "failed" not in states.values(), found
    assert code == 3
    for name in ("device", "timings", "recurrences", "precision", "determinism", "contract"):
        assert states[name] == "checked", found[name]
    for name in ("cudnn", "misaligned"):
        assert states[name] == "not checked"
        assert "cuDNN" in str(found[name]["reason"])
    assert all(one.get("reason") for one in found.values() if one["state"] == "not checked")


def test_gpu_check_ends_at_once_where_there_is_no_gpu() -> None:
    code, found = check(JAX_PLATFORMS="cpu")
    assert code == 3
    assert list(found) == ["device"]
    assert "no GPU" in str(found["device"]["reason"])
