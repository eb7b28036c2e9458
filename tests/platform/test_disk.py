"""What to do about a write that failed follows from why it failed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from rnnkit.errors import RUN_FAILED, TRY_AGAIN, RnnkitError
from rnnkit.platform.disk import cure, write_error
from rnnkit.run import RunFolder
from rnnkit.training.checkpoint import Saver
from rnnkit.training.options import Checkpoints
from rnnkit.training.progress import Progress
from rnnkit.workflows.planned import planned_folder


def failed(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("number", "word", "code"),
    [
        (errno.ENOSPC, "space", TRY_AGAIN),
        (errno.EDQUOT, "space", TRY_AGAIN),
        (errno.EACCES, "right", RUN_FAILED),
        (errno.EPERM, "right", RUN_FAILED),
        (errno.EROFS, "read-only", RUN_FAILED),
        (errno.EFBIG, "limit", RUN_FAILED),
        (errno.EMFILE, "open files", RUN_FAILED),
        (errno.ENAMETOOLONG, "shorter", RUN_FAILED),
        (errno.ENODEV, "another disk", RUN_FAILED),
    ],
)
def test_unwritten(number: int, word: str, code: int) -> None:
    error = write_error("out.csv", failed(number))
    assert word in error.hint
    assert error.exit_code == code
    assert ("space" in error.hint) == (number in (errno.ENOSPC, errno.EDQUOT))
    assert word in cure(failed(number), instead_of="Set RNNKIT_CACHE")


@pytest.mark.usefixtures("runs")
def test_no_run_folder_names_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a run, and of a sweep or a comparison."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "file"))
    for create in (
        lambda: RunFolder.create("x", "x\n"),
        lambda: planned_folder("x", "sweep.yaml", "x\n"),
    ):
        with pytest.raises(RnnkitError, match=r"file: cannot create a folder.*Set RNNKIT_RUNS"):
            create()


def test_saver_names_the_cure_of_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No permission, as a mounted folder of another user refuses; root has it everywhere."""
    saver = Saver(RunFolder.create("refused", "x\n"), Checkpoints(every_steps=1))

    def refuse(path: Path, *arguments: object, **options: object) -> None:
        raise OSError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RnnkitError, match=r"Permission denied.*right.*--resume") as caught:
        saver.save_checkpoint({}, {}, Progress(finished=True))
    assert "space" not in caught.value.hint
