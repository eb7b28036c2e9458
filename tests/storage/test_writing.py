"""Files that are whole or not there."""

from __future__ import annotations

import hashlib
import io
import random
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rnnkit.errors import RnnkitError
from rnnkit.storage import npz_bytes, read_json, read_npz, write_bytes, write_json, write_text

NUMBERS = {
    "dense/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "dense/bias": np.array([0.1, -0.0, 1e-45], np.float32),
}
NAMES = st.from_regex(r"[a-z0-9_]{1,8}(/[a-z0-9_]{1,8}){0,2}", fullmatch=True)
ARRAYS = hnp.arrays(
    dtype=hnp.floating_dtypes(sizes=(16, 32, 64))
    | hnp.integer_dtypes()
    | hnp.unsigned_integer_dtypes()
    | hnp.boolean_dtypes(),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


@given(st.dictionaries(NAMES, ARRAYS, max_size=5))
def test_npz_bytes_read_npz_round_trip(arrays: dict[str, np.ndarray]) -> None:
    content = npz_bytes(arrays)
    assert npz_bytes({name: array.copy() for name, array in arrays.items()}) == content
    with np.load(io.BytesIO(content), allow_pickle=False) as by_numpy:
        for loaded in (read_npz(content, "x"), {name: by_numpy[name] for name in by_numpy.files}):
            assert list(loaded) == list(arrays)
            for name, array in arrays.items():
                assert (loaded[name].dtype, loaded[name].shape, loaded[name].tobytes()) == (
                    array.dtype,
                    array.shape,
                    array.tobytes(),
                )


def test_npz_bytes_same_everywhere() -> None:
    """The checksum of known arrays, whenever and wherever: no clock, no file system in it."""
    with zipfile.ZipFile(io.BytesIO(npz_bytes(NUMBERS))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None
    assert (
        hashlib.sha256(npz_bytes({"a": np.arange(3, dtype="<f4")})).hexdigest()
        == "f98f27aee7fb96fabc2923c1dbdd5392b0590fca1c536355230ee90052e8e787"
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"PK",
        lambda content: content[:-30],
        lambda content: content[40:],
        bytes.upper,
    ],
)
def test_read_npz_damaged(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(RnnkitError, match=r"here: damaged: .*\.npz"):
        read_npz(damage(npz_bytes(NUMBERS)), "here")


def test_write_text_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for text in ("old", "new"):
        write_text(folder / "a.txt", text)
    assert (folder / "a.txt").read_text(encoding="utf-8") == "new"
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


def test_write_bytes_failure_keeps_the_old_file(tmp_path: Path) -> None:
    script = """
        import resource, sys
        from pathlib import Path
        from rnnkit.storage import write_bytes

        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        write_bytes(Path(sys.argv[1]), bytes(10_000))
    """
    path = tmp_path / "folder" / "a.bin"
    path.parent.mkdir()
    write_bytes(path, b"old")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.endswith(f"OSError: [Errno 27] File too large: '{path}'\n")
    assert path.read_bytes() == b"old"
    assert [file.name for file in path.parent.iterdir()] == ["a.bin"]


def test_write_bytes_killed_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """A process writes 1 MB files of one letter each without end, and is killed by SIGKILL at
    random instants.
    """
    script = """
        import itertools, sys
        from pathlib import Path
        from rnnkit.storage import write_bytes

        for letter in itertools.cycle(b"abcdefgh"):
            write_bytes(Path(sys.argv[1]), bytes([letter]) * 1_000_000)
            print("written", flush=True)
    """
    path = tmp_path / "folder" / "a.bin"
    path.parent.mkdir()
    dice = random.Random(0)
    interrupted = kills = 0
    while kills < 4 or (interrupted < 2 and kills < 30):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), path], stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "written\n"
            time.sleep(dice.uniform(0, 0.03))
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=30)
        assert process.returncode == -signal.SIGKILL
        kills += 1
        content = path.read_bytes()
        assert (len(content), len(set(content))) == (1_000_000, 1)
        interrupted += any(file != path for file in path.parent.iterdir())
    assert interrupted, "no kill fell into a write: make the files larger"


def test_read_json_round_trip(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"name": "é", "value": 0.1 + 0.2})
    assert read_json(tmp_path / "a.json", "name", "value") == {"name": "é", "value": 0.1 + 0.2}


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '{"other": 1}', "[" * 100_000])
def test_read_json_damaged(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"a\.json: damaged"):
        read_json(tmp_path / "a.json", "name")


def test_read_json_missing(tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match=r"a\.json: no such file"):
        read_json(tmp_path / "a.json")


def test_write_json_keeps_half_a_surrogate_pair(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"names": ["\ud83d", "é"]})
    assert read_json(tmp_path / "a.json") == {"names": ["\ud83d", "é"]}
