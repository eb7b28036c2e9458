"""What gzip compressed, compared with Python's own reader."""

from __future__ import annotations

import gzip
import io
import zlib

import numpy as np
import pytest

from rnnkit.storage.gunzip import PIECE, gunzipped

LONG = np.random.default_rng(0).integers(0, 256, 2 * PIECE, np.uint8).tobytes() + bytes(5 * PIECE)


@pytest.mark.parametrize("content", [b"", b"a", b"a\nb\n" * 7, LONG], ids=len)
@pytest.mark.parametrize(
    "packed",
    [
        lambda content: gzip.compress(content),
        lambda content: gzip.compress(content) + gzip.compress(b"more") + gzip.compress(content),
        lambda content: gzip.compress(content) + bytes(3 * PIECE) + gzip.compress(b"more"),
        lambda content: gzip.compress(content) + bytes(5),
    ],
    ids=["one", "members", "filled", "filled at its end"],
)
def test_gunzipped_reads_what_the_library_reads(packed: object, content: bytes) -> None:
    assert callable(packed)
    whole = packed(content)
    expected = gzip.GzipFile(fileobj=io.BytesIO(whole)).read()
    assert gunzipped(io.BytesIO(whole)).read() == expected
    reader, pieces = gunzipped(io.BytesIO(whole)), []
    while piece := reader.read1(1000):
        pieces.append(piece)
    assert b"".join(pieces) == expected
    assert list(gunzipped(io.BytesIO(whole))) == list(io.BytesIO(expected))


def test_gunzipped_decompresses_a_piece_for_who_asks_for_less() -> None:
    """As a reader of text does, for 8 KB at a time."""
    reader = gunzipped(io.BytesIO(gzip.compress(bytes(3 * PIECE))))
    assert (len(reader.read1(1000)), len(reader.peek())) == (1000, PIECE - 1000)


def test_gunzipped_reads_nothing_from_nothing() -> None:
    assert gunzipped(io.BytesIO(b"")).read() == b""


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda whole: b"\x1f", OSError),
        (lambda whole: b"no gzip file", OSError),
        (lambda whole: bytes(20), OSError),
        (lambda whole: whole + b"more", OSError),
        (lambda whole: whole[:-1], EOFError),
        (lambda whole: whole[:5], EOFError),
        (lambda whole: whole[: len(whole) // 2], EOFError),
        (lambda whole: whole[:-8] + bytes(4) + whole[-4:], zlib.error),
    ],
)
def test_gunzipped_says_what_is_wrong(damage: object, error: type[Exception]) -> None:
    assert callable(damage)
    with pytest.raises(error):
        gunzipped(io.BytesIO(damage(gzip.compress(LONG)))).read()
