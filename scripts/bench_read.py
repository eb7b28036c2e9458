"""CPU time and peak memory to read a million rows of CSV and of Parquet, now and before: texts with
labels, a series of numbers, and one with times.

    python scripts/bench_read.py [--rows 1000000] [--folder FOLDER] [--before COMMIT] [--tries 1]

Each file is written once, and read in a process of its own, by both versions in turn; of several
tries the smallest numbers count. Memory is what reading adds to the process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

REPO = Path(__file__).resolve().parents[1]
BEFORE = "f3e6eb2"  # the last commit before tables were read in blocks
STEMS = "texts", "series", "times"
SUFFIXES = "csv", "parquet"


def columns(stem: str, rows: int) -> dict[str, Any]:
    """The columns of a file: reviews of 8 to 30 words with one of two labels; three of numbers with
    the number of the step, or with a time for each minute.
    """
    draw = np.random.default_rng(0)
    if stem == "texts":
        lengths = draw.integers(8, 31, rows)
        words = np.array([f"word{number}" for number in range(5_000)], object)
        drawn = words[draw.integers(0, len(words), lengths.sum())].tolist()
        ends = np.cumsum(lengths).tolist()
        texts = [" ".join(drawn[end - size : end]) for end, size in zip(ends, lengths, strict=True)]
        return {"text": texts, "label": np.array(["good", "bad"])[draw.integers(0, 2, rows)]}
    minutes = np.arange(rows)
    start = np.datetime64("2020-01-01", "us")
    first = {"step": minutes} if stem == "series" else {"t": start + minutes.astype("m8[m]")}
    return first | {
        "y": draw.normal(20, 5, rows).round(3),
        "a": draw.random(rows).round(4),
        "b": draw.integers(0, 101, rows),
    }


def write(folder: Path, stem: str, rows: int) -> None:
    """Writes the files of a kind."""
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    named = columns(stem, rows)
    pd.DataFrame(named).to_csv(folder / f"{stem}.csv", index=False)
    arrays = {name: pa.array(values) for name, values in named.items()}
    parquet.write_table(pa.table(arrays), folder / f"{stem}.parquet")


def read(path: Path) -> dict[str, float]:
    """Reads a file by whichever version is imported; the seconds of CPU and the MiB it took."""
    from rnnkit.data.datasets.series import SeriesFile
    from rnnkit.data.datasets.table import Csv

    if path.suffix == ".parquet":
        import pyarrow.parquet  # noqa: F401  (the import is not the file's)
    if path.stem == "times":
        import pandas  # noqa: F401
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    if path.stem == "texts":
        content: object = Csv(path=str(path)).read(str(path))
    else:
        time_column = "t" if path.stem == "times" else None
        table = SeriesFile(path=str(path), target="y", features=["a", "b"], time=time_column)
        content = table.read(str(path))
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    del content
    return {"seconds": seconds, "memory": peak / 1024}


def measured(path: Path, tree: Path) -> dict[str, float] | None:
    """What it takes to read a file by the sources in a folder; None where these cannot."""
    command = [sys.executable, __file__, "--read", str(path)]
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def unpacked(commit: str, folder: Path) -> Path | None:
    """The sources of a commit; None where this is no checkout that has it."""
    archive = ["git", "-C", str(REPO), "archive", commit, "rnnkit"]
    done = subprocess.run(archive, capture_output=True, check=False)
    if done.returncode:
        return None
    tree = folder / "before"
    tree.mkdir()
    subprocess.run(["tar", "-x", "-C", str(tree)], input=done.stdout, check=True)
    return tree


def main() -> None:
    """Writes the files and reads each in processes of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where files are kept; a temporary one else")
    parser.add_argument("--before", default=BEFORE, help="the commit to compare with")
    parser.add_argument("--tries", type=int, default=1, help="how often each is read")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--write", choices=STEMS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write(options.folder, options.write, options.rows)
        return
    if options.read:
        print(json.dumps(read(options.read)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        trees = {"now": REPO, "before": unpacked(options.before, Path(temporary))}
        print(f"{options.rows:,} rows     on disk" + "".join(f"{name:>22}" for name in trees))
        for stem in STEMS:
            paths = [folder / f"{stem}.{suffix}" for suffix in SUFFIXES]
            if not all(path.exists() for path in paths):  # a process that grows is not read in
                command = [sys.executable, __file__, "--write", stem, "--folder", str(folder)]
                subprocess.run([*command, "--rows", str(options.rows)], check=True)
            for path in paths:
                print(line(path, trees, options.tries), flush=True)


def line(path: Path, trees: dict[str, Path | None], times: int) -> str:
    """A row of the table: the best of each version's tries."""
    tries: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
    for _ in range(times):
        for name, tree in trees.items():
            if tree is not None and (taken := measured(path, tree)) is not None:
                tries[name].append(taken)
    cells = []
    for measures in tries.values():
        best = {key: min(one[key] for one in measures) for key in ("seconds", "memory") if measures}
        shown = f"{best['seconds']:.2f} s {best['memory']:6.0f} MiB" if best else "not read"
        cells.append(f"{shown:>22}")
    return f"{path.name:15}{path.stat().st_size / 2**20:8.1f} MiB{''.join(cells)}"


if __name__ == "__main__":
    main()
