"""Kills at any file operation of the real command line, over tasks, cells and backends: what is
resumed ends bit for bit where the training that was never killed ends.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnkit.run import RunFolder
from tests.conftest import REPO, SOAK_SEED
from tests.workflows.test_resume import assert_same, newest_step

KILLS = 3
HALVED = ("train.kernel=keras", "train.precision=bfloat16")  # kernels stay float32
PROGRAM = """
import sys
from pathlib import Path
from tests.helpers.killing import kill_at
from rnnkit.cli import main

kill_at(int(sys.argv[1]), Path(sys.argv[2]))
main(sys.argv[3:])
"""
CELLS = ("simple_rnn", "lstm", "gru", "min_gru", "min_lstm")
TRAIN = "train: {epochs: 3, batch_size: 8, checkpoint: {every_steps: 2}}"
LAYERS = f"layers: [{', '.join(f'{{{cell}: {{units: 4, dropout: 0.2}}}}' for cell in CELLS)}]"
TASKS = {
    "windows": f"""
task: {{language_model: {{window: 3}}}}
data: {{dataset: fable, split: {{validation: 0.2}}}}
model: {{embedding: 4, {LAYERS}}}
{TRAIN.replace("8", "40")}
""",
    "stream": f"""
task: {{language_model: {{stream: true, bptt: 8}}}}
data: {{dataset: fable, split: {{validation: 0.2}}}}
model: {{embedding: 4, {LAYERS}}}
{TRAIN}
""",
    "conditioned": f"""
task: {{language_model: {{condition: label}}}}
data: {{dataset: {{csv: {{path: DATA/texts.csv, text: text, label: label}}}}}}
model: {{embedding: 4, {LAYERS}}}
{TRAIN}
""",
    "classification": f"""
task: classification
data: {{dataset: {{csv: {{path: DATA/texts.csv, text: text, label: label}}}}}}
model: {{embedding: 4, {LAYERS}}}
{TRAIN}
""",
    "tagging": f"""
task: tagging
data: {{dataset: {{tagged_lines: DATA/tagged.txt}}, split: {{validation: 0.2}}}}
model: {{embedding: 4, {LAYERS}}}
{TRAIN}
""",
    "seq2seq": f"""
task: seq2seq
data: {{dataset: {{pairs: {{path: DATA/pairs.tsv}}}}, split: {{validation: 0.2}}}}
model: {{encoder: {{embedding: 4, {LAYERS}}}, decoder: {{embedding: 4, {LAYERS}}}}}
{TRAIN}
""",
    "forecasting": f"""
task: {{forecasting: {{timesteps: 8, horizon: 2}}}}
data: {{dataset: {{series: {{path: DATA/series.csv, target: value}}}}}}
model: {{embedding: none, {LAYERS}}}
{TRAIN}
""",
}


def write_data(folder: Path) -> None:
    folder.mkdir()
    rows = [f"a {'good' if i % 2 else 'bad'} film number {i % 7},{i % 2}" for i in range(60)]
    (folder / "texts.csv").write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    lines = [f"the|DET {'cat' if i % 3 else 'dog'}|NOUN sat|VERB {i % 5}|NUM" for i in range(50)]
    (folder / "tagged.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pairs = [f"{' '.join(str(i))}\t{' '.join(reversed(str(i)))}" for i in range(100, 150)]
    (folder / "pairs.tsv").write_text(
        "\n".join(["source\ttarget", *pairs]) + "\n", encoding="utf-8"
    )
    values = [f"{np.sin(i / 3) + i / 50:.4f}" for i in range(120)]
    (folder / "series.csv").write_text("\n".join(["value", *values]) + "\n", encoding="utf-8")


def call(runs: Path, backend: str, nth: int, *arguments: object) -> int:
    """The exit status of the command line, which is killed at its n-th operation below `runs`."""
    runs.mkdir(exist_ok=True)
    words = [sys.executable, "-c", PROGRAM, str(nth), str(runs), *map(str, arguments)]
    environment = os.environ | {"RNNKIT_RUNS": str(runs), "KERAS_BACKEND": backend}
    environment["PYTHONPATH"] = os.pathsep.join([str(REPO), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=600, env=environment
    )
    assert done.returncode in (0, -9), done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode


NEVER = 10**9


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize("task", TASKS)
def test_a_training_killed_at_any_operation_ends_as_if_it_was_not(
    task: str, backend: str, tmp_path: Path
) -> None:
    """Of every task with every cell, on every backend; kernels of our own or keras' steps, these in
    bfloat16 too.
    """
    dice = random.Random(f"{SOAK_SEED} {task} {backend}")
    settings = dice.choice((("train.kernel=auto",), ("train.kernel=keras",), HALVED))
    print(*settings)
    write_data(tmp_path / "data")
    config = tmp_path / "small.yaml"
    config.write_text(TASKS[task].replace("DATA", str(tmp_path / "data")), encoding="utf-8")
    new = [config, *settings]
    assert call(tmp_path / "whole", backend, NEVER, "train", *new) == 0
    run = RunFolder(tmp_path / "killed" / "small")

    def continued(nth: int) -> bool:
        arguments = [run.path, "--resume"] if run.path.exists() else new
        return call(run.path.parent, backend, nth, "train", *arguments) != 0

    kills = 0
    while kills < KILLS:
        nth = dice.choice((dice.randrange(1, 60), dice.randrange(20, 200)))
        killed = continued(nth)
        print(f"operation {nth}: step {newest_step(run)}, {killed}")
        kills += killed
        if not killed:  # it had come to its end
            break
    assert kills
    assert not continued(NEVER)
    assert_same(run, RunFolder(tmp_path / "whole" / "small"))
