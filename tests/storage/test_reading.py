"""What may be in the place of a file."""

from __future__ import annotations

import io
import os
import socket
import sys
from pathlib import Path

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.storage import reading
from rnnkit.storage.reading import BoundedLines, open_file, read_bytes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_bytes(b"12345")


def test_open_file_refuses_what_hangs_or_never_ends() -> None:
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
    for name, word in [("pipe", "a pipe"), ("socket", "a socket"), ("/dev/zero", "a device")]:
        Path("link").unlink(missing_ok=True)
        Path("link").symlink_to(name)
        for path in (name, "link"):
            with pytest.raises(RnnkitError, match=f"{path}: {word}.*regular"):
                open_file(Path(path))
    with pytest.raises(IsADirectoryError):
        open_file(Path())


def test_open_file_reads_a_users_link_but_none_of_a_run() -> None:
    Path("link").symlink_to("file")
    assert read_bytes(Path("link")) == b"12345"
    with pytest.raises(RnnkitError, match="link: a link to file"):
        read_bytes(Path("link"), links=False)


def test_open_file_names_a_pointer_of_git_lfs() -> None:
    head = b"version https://git-lfs.github.com/spec/v1\n"
    Path("weights.npz").write_bytes(head + b"oid sha256:5e\nsize 9\n")
    with pytest.raises(RnnkitError, match=r"a pointer of Git LFS.*`git lfs pull`"):
        open_file(Path("weights.npz"))
    Path("about.txt").write_bytes(head + b"is how a pointer begins. " * 100)
    with open_file(Path("about.txt")) as file:
        assert file.read().startswith(head)


def test_open_file_reads_what_a_shell_hands_on() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"a,b\n")
    os.close(theirs)
    assert read_bytes(Path(f"/dev/fd/{ours}")) == b"a,b\n"
    os.close(ours)
    with open("file", "rb") as file:
        assert read_bytes(Path(f"/dev/fd/{file.fileno()}")) == b"12345"


def test_read_bytes_refuses_more_than_it_may_read() -> None:
    assert read_bytes(Path("file"), 5) == b"12345"
    ours, theirs = os.pipe()
    os.write(theirs, b"12345")
    os.close(theirs)
    with open("sparse", "wb") as file:
        file.truncate(1 << 40)
    for path, most in [("file", 4), (f"/dev/fd/{ours}", 4), ("sparse", 1 << 30)]:
        with pytest.raises(RnnkitError, match=f"{path}: more than {most:,} bytes"):
            read_bytes(Path(path), most)
    os.close(ours)


def test_bounded_lines_refuses_a_line_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ROW_BYTES", 10)
    lines = b"123456\n" * 3 + b"1234567890"
    assert BoundedLines(io.BytesIO(lines)).read() == lines
    file = BoundedLines(io.BytesIO(lines + b"1"))
    with pytest.raises(RnnkitError, match="a line without an end"):
        while file.read1(5):
            pass
