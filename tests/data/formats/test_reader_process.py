"""Large tables that another process reads while a framework is imported."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnkit import process
from rnnkit.data.formats import reader_process
from rnnkit.data.formats.block import CELLS
from rnnkit.data.formats.choose import TABLES, format_of
from rnnkit.errors import RnnkitError

pytestmark = pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor reads itself")

ROWS = 3 * CELLS
TEXT = "a review that is long enough for a file of some size, " * 20


@pytest.fixture(autouse=True)
def _importing() -> Iterator[None]:
    process.set_importing(True)
    yield
    process.set_importing(False)


def table(folder: Path, suffix: str, last: str = "") -> Path:
    """A file of `ROWS` rows, and of a last line."""
    rows = [f"{number} {TEXT}" for number in range(ROWS)]
    lines = [json.dumps({"text": row, "label": n % 2}) for n, row in enumerate(rows)]
    if suffix == ".csv":
        lines = ["text,label", *(f'"{row}",{n % 2}' for n, row in enumerate(rows))]
    content = "\n".join([*lines, last]).encode()
    assert len(content) > reader_process.LARGE_BYTES
    path = folder / f"reviews{suffix}"
    path.write_bytes(gzip.compress(content, 0) if suffix.endswith(".gz") else content)
    return path


def read(path: Path) -> Iterator[tuple[int, str, str]]:
    with format_of(path, TABLES).read(path) as rows:
        for block in rows.blocks():
            yield from zip(
                block.numbers, block.cells("text"), map(str, block.cells("label")), strict=True
            )


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".csv"])
@pytest.mark.parametrize("program", ["", shutil.which("false"), "no such program"])
def test_blocks_are_those_that_this_process_reads(
    suffix: str, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the other process ends at once, or cannot be started."""
    path = table(tmp_path, suffix)
    monkeypatch.setattr(sys, "executable", program or sys.executable)
    while_importing = list(read(path))
    process.set_importing(False)
    assert while_importing == list(read(path))
    assert len(while_importing) == ROWS


def test_a_mistake_is_named_by_the_process_that_was_asked(tmp_path: Path) -> None:
    path = table(tmp_path, ".jsonl", "{no JSON")
    rows = read(path)
    assert [next(rows)[0] for _ in range(ROWS)] == list(range(1, ROWS + 1))
    with pytest.raises(RnnkitError, match=rf"reviews.jsonl: row {ROWS + 1}: not JSON"):
        next(rows)


def test_only_large_files_of_known_formats_are_read_in_another_process(tmp_path: Path) -> None:
    path = table(tmp_path, ".jsonl")
    kind, large = format_of(path, TABLES), reader_process.LARGE_BYTES
    assert reader_process.is_worthwhile(kind, path, large)
    assert not reader_process.is_worthwhile(kind, path, large - 1)
    assert not reader_process.is_worthwhile(kind, Path("/dev/stdin"), large)  # another one there
    assert not reader_process.is_worthwhile(kind, None, large)
    assert not reader_process.is_worthwhile(format_of(Path("reviews.parquet"), TABLES), path, large)
    assert not reader_process.is_worthwhile(
        type("Own", (type(kind),), {"__module__": "my"})(), path, large
    )
    process.set_importing(False)
    assert not reader_process.is_worthwhile(kind, path, large)
