"""Processes that do not come together, each started as its user starts it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from rnnkit import __version__
from rnnkit.environment import library_version
from tests.helpers.ranks import CONFIG, command, environment
from tests.helpers.sources import SOURCES

pytestmark = pytest.mark.soak

DEAD = 60
"""Seconds; what is refused ends long before."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def together(
    *calls: Sequence[object],
    folders: Sequence[Path] = (Path(), Path()),
    sources: Sequence[str] = ("", ""),
) -> list[tuple[int, str]]:
    """The exit code of each, called in a folder, and its only line of an error.

    Args:
        calls: The arguments of each.
        folders: Where each is called.
        sources: Where each finds packages before those that are installed.
    """
    every = [
        subprocess.Popen(
            command(*call),
            env=environment(PYTHONPATH=os.pathsep.join([source, str(SOURCES.parent)])),
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        for call, folder, source in zip(calls, folders, sources, strict=False)
    ]
    ended = []
    for one in every:
        _, said = one.communicate(timeout=DEAD)
        (line,) = [line for line in said.splitlines() if line.startswith("Error: ")]
        ended.append((one.returncode, line))
    return ended


def by_hand(rank: int, address: str, number: int = 2) -> list[object]:
    own = ["--num-processes", number, "--process-id", rank, "--coordinator", address]
    return [*own, "--start-timeout", 20]


def test_other_configs_are_refused_by_both(config: Path, address: str, runs: Path) -> None:
    for code, said in together(
        [config, "train.epochs=2", *by_hand(0, address)],
        [config, "train.epochs=3", *by_hand(1, address)],
    ):
        assert code == 2
        assert "process 0 and process 1 have train.epochs 2 and 3" in said
    assert not runs.exists()


@pytest.mark.parametrize("library", ["rnnkit", "keras"])
def test_other_versions_are_refused_by_both(
    library: str, config: Path, address: str, tmp_path: Path, runs: Path
) -> None:
    if library == "rnnkit":
        shutil.copytree(SOURCES, tmp_path / "other" / "rnnkit")
        file = tmp_path / "other" / "rnnkit" / "__init__.py"
        file.write_text(file.read_text().replace(f'"{__version__}"', '"9.9.9"'))
    else:
        (tmp_path / "other" / "keras-9.9.9.dist-info").mkdir(parents=True)
        file = tmp_path / "other" / "keras-9.9.9.dist-info" / "METADATA"
        file.write_text("Metadata-Version: 2.1\nName: keras\nVersion: 9.9.9\n")
    own = __version__ if library == "rnnkit" else library_version(library)
    calls = [[config, *by_hand(rank, address)] for rank in (0, 1)]
    for code, said in together(*calls, sources=("", str(tmp_path / "other"))):
        assert code == 2
        assert f"process 0 and process 1 have {library} {own} and 9.9.9" in said
    assert not runs.exists()


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("", 75, "closed the connection to process 1 of 2"),
        ("HTTP/1.0 400 Bad Request\r\n\r\n", 2, "answers process 1, but is not process 0"),
        ('{"got": "what you will"}\n', 2, "answers process 1, but is not process 0"),
        (None, 75, "does not answer process 1 of 2"),
    ],
)
def test_another_program_at_the_coordinator_is_told_apart(
    answer: str | None, code: int, words: str, config: Path
) -> None:
    """One that closes at once, a web server, one that speaks JSON, one that is silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        others = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    others.append(listener.accept()[0])
                    if answer is not None:
                        others[-1].sendall(answer.encode())
                        others[-1].shutdown(socket.SHUT_WR)

        threading.Thread(target=serve, daemon=True).start()
        ((ended, said),) = together([config, *by_hand(1, address)[:-1], 2])
        for other in others:
            other.close()
    assert ended == code
    assert f"--coordinator: the program that listens at {address} {words}" in said


@pytest.fixture
def tales(tmp_path: Path) -> list[Path]:
    """The folders of two machines, with a text and a config that names it."""
    folders = [tmp_path / "0", tmp_path / "1"]
    for folder in folders:
        folder.mkdir()
        (folder / "tale.txt").write_text("one two three four five " * 40)
        (folder / "tale.yaml").write_text(CONFIG.replace("fable", "{text: {path: tale.txt}}"))
    return folders


def test_other_data_is_refused_by_both(tales: list[Path], address: str) -> None:
    (tales[1] / "tale.txt").write_text("one two three five four " * 40)
    calls = [["tale.yaml", *by_hand(rank, address)] for rank in (0, 1)]
    for code, said in together(*calls, folders=tales):
        assert code == 1
        assert "the data of process 0 and of process 1 differ" in said


@pytest.mark.parametrize("rank", [0, 1])
def test_a_mistake_that_one_alone_finds_is_its_own_and_the_other_misses_it(
    rank: int, tales: list[Path], address: str
) -> None:
    (tales[rank] / "tale.txt").write_bytes(b"\xff" * 40)
    calls = [["tale.yaml", *by_hand(one, address)] for one in (0, 1)]
    ended = together(*calls, folders=tales)
    assert ended[rank][0] == 2
    assert "UTF-8" in ended[rank][1]
    assert ended[1 - rank][0] == 75


def test_a_port_in_use_is_said_once(config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        call = [config, "--num-processes", 2, "--coordinator", f"127.0.0.1:{port}"]
        ((code, said),) = together(call)
    assert code == 2
    assert f"port {port} of 127.0.0.1 is in use" in said


def test_a_missing_process_is_named_with_the_time(config: Path, address: str) -> None:
    ((code, said),) = together([config, *by_hand(0, address, 3)[:-1], 2])
    assert code == 75
    assert "2 of 3 processes did not connect within 2 s: 1, 2" in said


def test_nobody_at_the_coordinator_is_said_with_the_time(config: Path, address: str) -> None:
    ((code, said),) = together([config, *by_hand(1, address)[:-1], 2])
    assert code == 75
    assert f"no process 0 at {address} for 2 s" in said
