"""CPU time and peak memory to read a million rows of CSV and of Parquet: texts with labels, a
series of numbers, and one with times.

    python scripts/bench_read.py [--rows 1000000] [--folder FOLDER]

Each file is written once and read in a process of its own.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rnnkit.data.datasets.series import SeriesFile
from rnnkit.data.datasets.table import Csv
from rnnkit.data.formats.format import Record
from rnnkit.registry import lookup

CHUNK = 10_000
FILES = tuple(
    f"{stem}.{suffix}" for stem in ("texts", "series", "times") for suffix in ("csv", "parquet")
)


def texts(rows: int) -> Iterator[Record]:
    """Reviews of 8 to 30 words, with one of two labels."""
    draw = random.Random(0)
    words = [f"word{number}" for number in range(5_000)]
    for _ in range(rows):
        text = " ".join(draw.choices(words, k=draw.randint(8, 30)))
        yield {"text": text, "label": draw.choice(["good", "bad"])}


def series(rows: int) -> Iterator[Record]:
    """Three columns of numbers and the number of the step."""
    draw = random.Random(0)
    for step in range(rows):
        yield {
            "step": step,
            "y": round(draw.gauss(20, 5), 3),
            "a": round(draw.random(), 4),
            "b": draw.randint(0, 100),
        }


def times(rows: int) -> Iterator[Record]:
    """The same with a time for each minute."""
    start = datetime.datetime(2020, 1, 1)
    for record in series(rows):
        yield {"t": start + datetime.timedelta(minutes=record.pop("step")), **record}


def write(path: Path, rows: int) -> None:
    """Writes a file of so many rows."""
    records = {"texts": texts, "series": series, "times": times}[path.stem](rows)
    with lookup("format", path.suffix[1:])().writer(path) as writer:
        while chunk := list(itertools.islice(records, CHUNK)):
            writer.write(chunk)


def read(path: Path) -> str:
    """Reads a file; the seconds of CPU and the memory that it took."""
    if path.suffix == ".parquet":
        import pyarrow.parquet  # noqa: F401  (the import is not the file's)
    if path.stem == "times":
        import pandas  # noqa: F401
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    if path.stem == "texts":
        content: object = Csv(path=str(path)).read(str(path))
    else:
        time_column = "t" if path.stem == "times" else None
        columns = SeriesFile(path=str(path), target="y", features=["a", "b"], time=time_column)
        content = columns.read(str(path))
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    del content
    return f"{seconds:6.2f} s of CPU  {peak / 1024:6.0f} MiB"


def main() -> None:
    """Writes the files and reads each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where files are kept; a temporary one else")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(read(options.read))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            path = folder / name
            if not path.exists():
                write(path, options.rows)
            command = [sys.executable, __file__, "--read", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            print(
                f"{name:15} {path.stat().st_size / 2**20:6.1f} MiB on disk  {done.stdout.strip()}"
            )


if __name__ == "__main__":
    main()
