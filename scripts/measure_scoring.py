"""How fast a table is answered, and in how much memory (docs/guides/many-files.md).

    python scripts/measure_scoring.py --rows 1000000 --jobs 1 2

A classifier of one GRU with 32 units answers texts of six to twelve words in a CSV file, in a
process of its own: seconds, those of its processors, and the most memory that it had, and the
largest of the processes that answer.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import rnnkit as rk

WORDS = [f"word{number}" for number in range(2000)]
CONFIG = {
    "task": "classification",
    "data": {"dataset": {"csv": "train.csv"}, "split": {"validation": 0.1}},
    "model": {"embedding": 32, "layers": [{"gru": 32}]},
    "train": {"epochs": 1},
}

PROGRAM = """
import resource, sys
from rnnkit.cli import main
from rnnkit.platform.memory import peak_memory

main(sys.argv[1:], standalone_mode=False)
largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(peak_memory() >> 20, largest >> 10)
"""


def texts(rows: int) -> Iterator[str]:
    """Texts of words drawn at random."""
    dice = random.Random(0)
    for _ in range(rows):
        yield " ".join(dice.choices(WORDS, k=dice.randint(6, 12)))


def measured(rows: int, jobs: int) -> str:
    """A row of the table."""
    Path("out.csv").unlink(missing_ok=True)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-c", PROGRAM, "predict", "--input", "rows.csv"]
    command += ["--output", "out.csv", "--jobs", str(jobs)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    columns = (f"{rows:,}", jobs, f"{seconds:.1f}", f"{rows / seconds:,.0f}", f"{cpu:.1f}")
    return " | ".join(map(str, (*columns, *done.stdout.split())))


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["RNNKIT_RUNS"] = folder
        lines = (f"{text},{'good' if len(text) % 2 else 'bad'}\n" for text in texts(500))
        Path("train.csv").write_text("text,label\n" + "".join(lines), encoding="utf-8")
        rk.train(CONFIG, verbose=False)
        print(
            "rows | jobs | seconds | rows a second | seconds of processors | MiB | of another",
            flush=True,
        )
        for rows in asked.rows:
            with open("rows.csv", "w", encoding="utf-8") as file:
                file.write("id,text\n")
                file.writelines(f"{number},{text}\n" for number, text in enumerate(texts(rows)))
            for jobs in asked.jobs:
                print(measured(rows, jobs), flush=True)


if __name__ == "__main__":
    main()
