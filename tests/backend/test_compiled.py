"""What XLA compiled for a training is kept: the next one of the same model compiles nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json
from collections import Counter
from rnnkit import backend
backend.select("jax", "cpu")
from jax import monitoring
events = Counter()
monitoring.register_event_listener(lambda name, **_: events.update([name.rsplit("/")[-1]]))
from rnnkit.workflows.train import train
train("fable_simple_rnn", ["train.epochs=2"])
print(json.dumps(events))
"""


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_second_training_on_jax_compiles_nothing(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    environment = {**os.environ, "KERAS_BACKEND": "jax", "RNNKIT_CACHE": str(tmp_path / "cache")}
    counts = []
    for _ in range(2):
        process = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        counts.append(json.loads(process.stdout.splitlines()[-1]))
    first, second = counts
    asked = "compile_requests_use_cache"
    assert first["cache_misses"] > 10
    assert second[asked] == first[asked]
    assert second["cache_hits"] == second[asked]
    assert "cache_misses" not in second
