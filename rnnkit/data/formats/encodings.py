"""Guesses the kind and the encoding of a file from its bytes, for hints only, never for reading."""

from __future__ import annotations

import codecs
import re

from rnnkit.data.formats.scripts import encoding_of_script
from rnnkit.errors import setting

EXAMINED = 32 << 20  # bytes, from the line that cannot be decoded
HEAD = 64  # bytes of a file that identify its kind

_MARKS = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_KINDS = {
    b"PK\x03\x04": "a spreadsheet (.xlsx) or a ZIP archive: save its table as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet (.xls): save its table as CSV",
    b"\x1f\x8b": "compressed by gzip: end its name in .gz",
    b"PAR1": "a Parquet file: end its name in .parquet, and read it as `parquet`",
    b"ARROW1": "an Arrow file: end its name in .arrow, and read it as `arrow`",
    b"%PDF": "a PDF: save its text as UTF-8",
    b"BZh": "compressed by bzip2: unpack it",
    b"\xfd7zXZ": "compressed by xz: unpack it",
    b"\x28\xb5\x2f\xfd": "compressed by zstd: unpack it",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"Rar!": "a RAR archive: unpack it",
    b"\x89HDF": "an HDF5 file: save its table as CSV, or its arrays with numpy.savez",
    b"\x93NUMPY": "one array of NumPy (.npy): save it with numpy.savez",
    b"SQLite format 3": "an SQLite database: save its table as CSV",
    b"\x89PNG": "a picture: save its table as CSV",
    b"\xff\xd8\xff": "a picture: save its table as CSV",
    b"<!doctype html": "a web page: fetch the file that its link leads to",
    b"<html": "a web page: fetch the file that its link leads to",
    b"<?xml": "XML: save its table as CSV",
    b"{\\rtf": "rich text: save it as plain text",
}
_NOT_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_PRINTED_IN_CP1252 = re.compile(rb"[\x80-\x9f]")  # control characters in latin-1
_SIGN_IN_A_WORD = re.compile(rb"(?<=[a-z])[\xb1\xb3\xb6\xb9\xbc\xbf](?=[a-z])")
"""Polish letters that cp1252 and latin-1 decode to symbols, such as a superscript 3."""
_OF_LATIN_2 = re.compile(rb"[\xb1\xb6\xbc]")  # letters with other bytes in cp1250
_RUNS = re.compile(rb"[\x80-\xff]+")
_ALPHABET = 2.5  # mean length of runs of non-ASCII bytes, if whole words consist of them
_MOST_ZEROS = 0.25  # of the bytes of a damaged text; UTF-16 of Latin letters has one half


def kind_hint(head: bytes) -> str:
    """What a file is, and what to do with it; "" if it may be text.

    Args:
        head: The first `HEAD` bytes of the file.
    """
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:HEAD].lower()
    for magic, what in _KINDS.items():
        if head.startswith(magic) or (magic.isascii() and start.startswith(magic.lower())):
            return f"It is {what}"
    return ""


def encoding_hint(head: bytes, raw: bytes, encoding: str, *, has_key: bool = True) -> str:
    """What to do about bytes that cannot be decoded.

    Args:
        head: The first bytes of the file.
        raw: Bytes from the beginning of the line that cannot be decoded.
        encoding: The encoding in which it was read.
        has_key: Whether the user can choose the encoding with the key `encoding`.
    """
    if kind := kind_hint(head):
        return kind
    if raw and not raw.strip(b"\0"):
        return "Fetch or copy it again: these bytes are all zero, so it was not written to its end"
    likely = likely_encoding(head, raw)
    if likely == codecs.lookup(encoding).name.removesuffix("-sig"):
        return f"Correct the bytes that are not {encoding.upper()}: the others are"
    if likely is None and b"\0" in raw:
        return "It does not look like text: save its text as UTF-8"
    if not has_key:
        return "Save the file as UTF-8" + (f"; it looks like {likely}" if likely else "")
    if likely:
        return f"It looks like {likely}: {setting('encoding', likely)}"
    example = setting("encoding", "cp1251")
    return f"Name the encoding that it was saved in, such as {example} for Cyrillic letters"


def likely_encoding(head: bytes, raw: bytes) -> str | None:
    """The most likely encoding of a file; None if it cannot be told.

    Args:
        head: The first bytes of the file.
        raw: Some of its bytes, from the beginning of a line.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    for sample in (head, raw):
        if sample.count(b"\0") > _MOST_ZEROS * len(sample):
            return utf16_name(sample)
    valid, wrong = _utf8_characters(raw)
    if valid >= wrong:
        return "utf-8"
    if b"\0" in raw:
        return None
    runs = _RUNS.findall(raw)
    has_long_runs = sum(map(len, runs)) > _ALPHABET * len(runs)
    if script := encoding_of_script(raw, has_long_runs=has_long_runs):
        return script
    if has_long_runs:
        return None
    return _of_latin_letters(raw)


def _of_latin_letters(raw: bytes) -> str | None:
    """The encoding of Latin letters with diacritics."""
    if _SIGN_IN_A_WORD.search(raw):
        is_windows = _PRINTED_IN_CP1252.search(raw) or not _OF_LATIN_2.search(raw)
        return "cp1250" if is_windows else "iso8859-2"
    if not _PRINTED_IN_CP1252.search(raw):
        return "latin-1"
    return None if _NOT_IN_CP1252.search(raw) else "cp1252"


def utf16_name(line: bytes) -> str:
    """The byte order of UTF-16 without a mark, by the zero bytes of a line of Latin letters."""
    is_little = line[1::2].count(b"\0") >= line[::2].count(b"\0")
    return "utf-16-le" if is_little else "utf-16-be"


def _utf8_characters(raw: bytes) -> tuple[int, int]:
    """The numbers of valid non-ASCII characters and of invalid bytes, decoded as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(raw)
    tail, _ = decoder.getstate()  # an incomplete character at the end
    wrong = text.count("\ufffd") - raw.count(b"\xef\xbf\xbd") + (len(tail) == 1)
    beyond = sum(not character.isascii() for character in text)
    return beyond - wrong, wrong
