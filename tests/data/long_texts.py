"""Texts in files for the tests, of what is hard to split."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from rnnkit.data.raw.long_text import LongText

WHERE = "data.dataset.text.path"
# Two, three and four bytes in UTF-8, a letter with a mark of its own, and every line end.
ALPHABET = [
    "a",
    "b",
    "B",
    ".",
    "é",
    "e\u0301",
    "—",
    "\U0001d11e",
    "'s",
    " ",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\u00a0",
    "\u2028",
]
TEXTS = st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=80).map("".join)
SIZES = st.sampled_from([1, 2, 3, 5, 8, 64])
MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(folder: Path, *contents: bytes) -> list[Path]:
    paths = [folder / f"{number}.txt" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


def of(folder: Path, *contents: bytes, encoding: str = "utf-8") -> LongText:
    return LongText.of(written(folder, *contents), WHERE, encoding)


def joined(text: LongText) -> str:
    return "".join(text.pieces())


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
