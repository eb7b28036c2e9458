from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rnnkit.run import RunFolder
from rnnkit.tasks.evaluation import Confusion, Evaluation
from rnnkit.workflows.pictures import drawing, save_pictures

MATRIX = Confusion(["a", "b"], [[3, 1], [0, 2]])
EVALUATIONS = [
    Evaluation("validation", [], [], confusion=MATRIX),
    Evaluation("test", [], []),
    Evaluation("data", [], [], confusion=MATRIX),
]

# A command draws in another process, and itself where that is gone.
COMMAND = """
import sys
from pathlib import Path
from rnnkit import process
from rnnkit.run import RunFolder
from rnnkit.workflows.pictures import drawing
from tests.workflows.test_pictures import EVALUATIONS

process.set_up_command()
sys.executable = sys.argv[2] or sys.executable
with drawing(RunFolder(Path(sys.argv[1])), early=True) as pictures:
    pictures.submit(EVALUATIONS)
    pictures.save()
print("matplotlib" in sys.modules)
"""


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor draws itself")
@pytest.mark.parametrize("program", ["", shutil.which("false") or "no such program"])
def test_pictures_of_a_command_are_drawn_by_another_process(program: str, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, str(run.path), program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == str(bool(program))
    drawn = run.confusion("validation").read_bytes()
    assert run.confusions() == [run.confusion("validation")]
    save_pictures(run, EVALUATIONS)
    assert run.confusion("validation").read_bytes() == drawn


def test_drawing_says_what_cannot_be_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with drawing(RunFolder(tmp_path / "gone"), early=False) as pictures:
        pictures.submit(EVALUATIONS)
        pictures.save()
    assert "gone" in caplog.text and "not saved" in caplog.text
