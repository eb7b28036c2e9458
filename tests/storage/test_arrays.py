"""Archives that say of themselves what is not so."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.storage import arrays, npz_bytes, read_npz


def header(shape: str = "(3,)", descr: str = "'<f4'", data: bytes = bytes(12)) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def archive(*members: tuple[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as file:
        for name, content in members:
            file.writestr(name, content)
    return buffer.getvalue()


def encrypted(content: bytes) -> bytes:
    place = content.index(b"PK\x01\x02") + 8
    return content[:place] + b"\x01" + content[place + 1 :]


def overlapping(content: bytes) -> bytes:
    """A second name in the directory for the same member."""
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = content[start:end]
    ending = bytearray(content[end:])
    ending[8:12] = struct.pack("<HH", 2, 2)
    ending[12:16] = struct.pack("<I", 2 * len(entry))
    return content[:end] + entry.replace(b"x.npy", b"y.npy") + bytes(ending)


LARGE = np.zeros(1_000_000, np.float32)

WRONG: dict[str, bytes] = {
    "huge": archive(("x.npy", header("(1000000000000,)"))),
    "negative": archive(("x.npy", header("(-3,)"))),
    "no numbers": archive(("x.npy", header("('a',)"))),
    "no tuple": archive(("x.npy", header("3"))),
    "nested": archive(("x.npy", header("(" * 3000))),
    "flags": archive(("x.npy", header("(True,)", data=bytes(4)))),
    "without size": archive(("x.npy", header("(1 << 50,)", "'<S0'", b""))),
    "structured": archive(("x.npy", header("(3,)", "[('a', '<f4')]"))),
    "void": archive(("x.npy", header("(3,)", "'V4'"))),
    "subarray": archive(("x.npy", header("(1,)", "('<f4', (3,))"))),
    "unknown type": archive(("x.npy", header(descr="'quux'"))),
    "objects": archive(("x.npy", header(descr="'|O'"))),
    "more than it says": archive(("x.npy", header(data=bytes(13)))),
    "less than it says": archive(("x.npy", header(data=bytes(11)))),
    "text": archive(("x.npy", b"hello")),
    "empty": archive(("x.npy", b"")),
    "version": archive(("x.npy", header().replace(b"\x01\x00", b"\x09\x00", 1))),
    "a path": archive(("../x.npy", header())),
    "absolute": archive(("/x.npy", header())),
    "encrypted": encrypted(archive(("x.npy", header()))),
    "overlapping": overlapping(archive(("x.npy", header(data=bytes(12))), kind=0)),
    "wrong checksum": archive(("x.npy", header(data=b"abcdefghijkl"))).replace(b"abcd", b"abce"),
    "compressed otherwise": archive(("x.npy", header()), kind=zipfile.ZIP_LZMA),
}


@pytest.mark.parametrize("what", WRONG)
def test_read_npz_refuses(what: str) -> None:
    with pytest.raises(RnnkitError, match=r"w\.npz: damaged: .+ Expected an \.npz"):
        read_npz(WRONG[what], "w.npz")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_read_npz_refuses_two_of_a_name() -> None:
    with pytest.raises(RnnkitError, match="two arrays 'x'"):
        read_npz(archive(("x.npy", header()), ("x.npy", header())), "w.npz")


def test_read_npz_refuses_what_unfolds_to_many_times_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = _saved(np.savez_compressed, {"x": LARGE})
    monkeypatch.setattr(arrays, "UNFOLDED_BYTES", LARGE.nbytes)
    with pytest.raises(RnnkitError, match="unfold to 4,000"):
        read_npz(content, "w.npz")


@pytest.mark.parametrize(
    "save",
    [
        npz_bytes,
        lambda saved: _saved(np.savez, saved),
        lambda saved: _saved(np.savez_compressed, saved),
    ],
)
def test_read_npz_reads_what_numpy_saves(save: Callable[[dict[str, np.ndarray]], bytes]) -> None:
    saved = {
        "a/b": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        "big": np.arange(3, dtype=">i8"),
        "names": np.array(["a", "é"]),
        "none": np.zeros((0, 4), np.float32),
        "zeros": LARGE,
        "one": np.array(True),
    }
    loaded = read_npz(save(saved), "w.npz")
    assert loaded.keys() == saved.keys()
    assert all(np.array_equal(loaded[name], saved[name]) for name in saved)


def _saved(save: Callable[..., None], saved: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **saved)
    return buffer.getvalue()
