"""Damaged files: every reader gives what is in them or a RnnkitError, and nothing else; so do the
verbs that open a run, whichever of its files is damaged.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnkit.training.checkpoint import load_checkpoint, save_checkpoint
from tests.conftest import REPO, SOAK_SEED
from tests.helpers.fuzzing import survive, targets

TARGETS = targets()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TARGETS)
def test_readers_survive_damage(name: str, tmp_path: Path) -> None:
    target, folder = TARGETS[name], tmp_path / "f"
    if name not in ("pickled", "ids"):
        folder.mkdir()
        target.around(folder)
        (folder / target.file).write_bytes(target.content)
        target.read(folder / target.file)
    assert survive(name, target, 3 if name.startswith("run ") else 8, folder) == ""


@pytest.mark.soak
@pytest.mark.parametrize("name", TARGETS)
def test_readers_survive_much_damage(name: str) -> None:
    """5,000 examples in a process of limited time and memory, others in each soak. All of them
    take some 13 minutes of one core: 16 ms an example of a run, 1 ms one of another file.
    """
    process = subprocess.run(
        [sys.executable, "-m", "tests.helpers.fuzzing", name, "5000", SOAK_SEED],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        timeout=1500,
    )
    assert (process.returncode, process.stdout.strip()) == (0, ""), process.stderr[-2000:]


@pytest.mark.parametrize("state", ["[" * 100_000, "{}", '{"sha256": "", "progress": 3}', "\0"])
def test_load_checkpoint_falls_back_from_a_damaged_state(tmp_path: Path, state: str) -> None:
    held = {"identity": {}, "progress": {}}
    for step in (1, 2):
        save_checkpoint(tmp_path, step, {"a": np.array([step])}, held, keep=2)
    (tmp_path / "step-000000002" / "state.json").write_text(state)
    assert load_checkpoint(tmp_path).arrays["a"].tolist() == [1]
