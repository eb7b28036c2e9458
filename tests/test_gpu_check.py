"""scripts/gpu_check.sh runs to its end without a GPU, says what it could not check, and leaves what
it found however it ends.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPO

SCRIPT = REPO / "scripts" / "gpu_check.sh"

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.platform == "win32", reason="a shell script"),
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed"),
]


def begun(*options: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [SCRIPT, *options, "--output", Path("found.json").resolve()],
        env={**os.environ, "PYTHON": sys.executable, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def found() -> dict[str, Any]:
    return json.loads(Path("found.json").read_text(encoding="utf-8"))


def check(*options: str, **environment: str) -> tuple[int, dict[str, Any]]:
    """Its exit code and its JSON."""
    with begun(*options, **environment) as process:
        process.communicate()
    return process.returncode, found()


def test_gpu_check_runs_to_its_end_on_a_cpu() -> None:
    code, results = check("--cpu", "--seconds", "1700")
    results.pop("torch, ms / rnnkit, ms", None)  # where torch is installed
    states = {name: one["state"] for name, one in results.items()}
    assert "failed" not in states.values(), results
    assert code == 3
    assert states.pop("cudnn") == "not checked"
    assert "cuDNN" in results["cudnn"]["reason"]
    assert results["cudnn"]["found"]
    if states.pop("torch") == "not checked":
        assert "torch is not installed" in results["torch"]["reason"]
    assert set(states.values()) == {"checked"}, results
    for one in results["dispatch"]["found"].values():
        assert [name.partition("/")[2] for name in one["not donated"]] == ["learning_rate"]
    first, second = results["repeated"]["found"]["compile, s: first and second training"]
    assert second < first
    assert results["repeated"]["found"]["as it is"]["same weights"]


def test_gpu_check_a_row_that_fails_takes_nothing_from_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(SCRIPT.parent)
    results = importlib.import_module("gpu_checks.results")
    ratios = importlib.import_module("gpu_check").ratios
    said: dict[str, Any] = {}
    works = {"lstm": lambda: 1 / 0, "gru": lambda: {"ms": 2.0}}
    with pytest.raises(AssertionError, match="failed: lstm"):
        results.each(works, said.__setitem__)
    assert said == {"lstm": {"failed": "ZeroDivisionError: division by zero"}, "gru": {"ms": 2.0}}
    theirs = {"library": "2.9", "lstm": {"ms": 1.0}, "gru": {"ms": 1.0}}
    every = {"timings": {"found": said}, "torch": {"found": theirs}}
    assert ratios(every) == {"gru": 0.5}


def test_gpu_check_ends_at_once_where_there_is_no_gpu() -> None:
    code, results = check(JAX_PLATFORMS="cpu")
    assert code == 3
    assert "no GPU" in results["device"]["reason"]
    assert results["device"]["found"]["platform"] == "cpu"
    assert {one["reason"] for name, one in results.items() if name != "device"} == {"see device"}


def test_gpu_check_that_is_stopped_leaves_what_it_found() -> None:
    with begun("--cpu", "--only", "layers") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("  layers"):
                break
        process.send_signal(signal.SIGTERM)
    results = found()
    assert results["device"]["state"] == "checked"
    assert results["layers"]["state"] == "running"
    assert results["layers"]["found"]


def test_gpu_check_a_check_that_takes_too_long_is_ended() -> None:
    code, results = check("--cpu", "--only", "layers", "--seconds", "1")
    assert code == 3
    assert "are over" in results["device"]["reason"]
