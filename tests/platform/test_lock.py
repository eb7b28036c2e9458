"""The lock of a run: who holds it, what may be in its place, drives without locks."""

from __future__ import annotations

import errno
import json
import os
import socket
import warnings
from pathlib import Path

import filelock
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.platform import lock


def refusal(path: Path) -> RnnkitError:
    with pytest.raises(RnnkitError) as caught, lock.lock_file(path):
        pytest.fail("it is locked twice")
    return caught.value


def test_lock_file_is_worth_trying_again_and_says_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with lock.lock_file(path):
        error = refusal(path)
        assert error.exit_code == 75
        assert f"({os.getpid()} on {socket.gethostname()})" in error.got
        assert error.hint
    assert [file.name for file in tmp_path.iterdir()] == [".lock"]
    with lock.lock_file(path):
        pass


@pytest.mark.parametrize(
    "owner",
    [
        b"",
        b"[" * 5000,
        b"{}",
        b"3",
        b'{"process": "x", "machine": "y"}',
        b'{"process": 1, "machine": "\\u001b[31m"}',
        b'{"process": 1, "machine": ["a"]}',
        b"\xff\xfe",
    ],
)
def test_lock_file_believes_nothing_of_a_damaged_owner(tmp_path: Path, owner: bytes) -> None:
    path = tmp_path / ".lock"
    with lock.lock_file(path):
        (tmp_path / ".lock.owner").write_bytes(owner)
        assert refusal(path).got == "another process is training in this folder"


def test_lock_file_of_a_killed_process_is_free(tmp_path: Path) -> None:
    """Its file and its owner are left; the system ended the lock itself."""
    (tmp_path / ".lock").touch()
    (tmp_path / ".lock.owner").write_text(json.dumps({"process": 1, "machine": "gone"}))
    with lock.lock_file(tmp_path / ".lock"):
        assert str(os.getpid()) in (tmp_path / ".lock.owner").read_text()


@pytest.mark.parametrize("name", [".lock", ".lock.owner"])
def test_lock_file_never_follows_a_link(tmp_path: Path, name: str) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_text("precious")
    (tmp_path / name).symlink_to(treasure)
    if name == ".lock":
        assert "is a link" in refusal(tmp_path / ".lock").got
    else:
        with lock.lock_file(tmp_path / ".lock"):
            assert not (tmp_path / name).is_symlink()
    assert treasure.read_text() == "precious"


def test_lock_file_refuses_a_folder_and_a_pipe(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    assert "Remove" in refusal(tmp_path / ".lock").hint
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").exit_code == 2


def test_lock_file_names_a_drive_without_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object, **options: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    error = refusal(tmp_path / ".lock")
    assert "No locks available" in error.got
    assert "RNNKIT_RUNS" in error.hint


def test_lock_file_without_flock_is_held_by_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some drives of the network have no flock at all: filelock then locks without it."""

    def refuse(descriptor: int) -> bool:
        raise OSError(errno.ENOSYS, "no flock")

    monkeypatch.setattr("filelock._unix.lock_fd_nonblocking", refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with lock.lock_file(tmp_path / ".lock"):
            assert refusal(tmp_path / ".lock").exit_code == 75
        with lock.lock_file(tmp_path / ".lock"):
            pass
