"""What is said of a file that is not what its name says, or not the whole of it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from rnnkit.errors import RnnkitError
from tests.data.tables import made

PAGE = b"<!DOCTYPE html><p>Not found"


@pytest.mark.parametrize(
    ("name", "kind", "content", "cure"),
    [
        ("in.parquet", "parquet", PAGE, "It is a web page"),
        ("in.csv.gz", "csv", PAGE, "It is a web page"),
        ("in.csv.gz", "csv", b"PK\x03\x04" + bytes(9), "a ZIP archive"),
        ("in.parquet", "parquet", b"PAR1" + bytes(9), "fetch it again"),
        ("in.arrow", "arrow", b"ARROW1" + bytes(9), "fetch it again"),
        ("in.csv.gz", "csv", gzip.compress(b"text,label\na,b\n", mtime=0)[:-9], "fetch it again"),
        ("in.csv.gz", "csv", gzip.compress(b"text,label\n", mtime=0) + b"junk", "fetch it again"),
    ],
)
def test_a_file_of_another_kind_is_told_from_a_damaged_one(
    name: str, kind: str, content: bytes, cure: str
) -> None:
    Path(name).write_bytes(content)
    with pytest.raises(RnnkitError, match="Expected a whole") as caught:
        list(made(kind).read(Path(name)))
    assert cure in caught.value.hint
