"""Seconds from nothing to a first own model: what a newcomer does with a messy table, by the clock.

    python scripts/bench_first_model.py [--folder FOLDER] [--wheel DIST.whl]

A fresh environment, `pip install`, `rnnkit config new`, a training on a table as a spreadsheet
saves it (semicolons, cp1252, a line end in a cell, missing labels and texts, white space around a
label), each message followed as it stands, and a first answer. A person's reading and typing is not
in it.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
GOOD = ["lovely", "warm", "clever", "funny", "bright", "moving"]
BAD = ["dull", "gloomy", "slow", "cold", "empty", "flat"]
NOUNS = ["film", "plot", "café", "ending", "actor", "song"]
DATASET = "data.dataset={csv: {path: reviews.csv, text: review, label: stars}}"


def messy(rows: int = 600) -> bytes:
    """A table of reviews, as a spreadsheet of a Western European Windows saves it."""
    draw = random.Random(0)
    lines = ["id;review;stars"]
    for number in range(rows):
        words, label = (GOOD, "good") if number % 2 else (BAD, "bad")
        text = f"the {draw.choice(NOUNS)} was {draw.choice(words)}, the {draw.choice(NOUNS)} too"
        text = f'"{text};\nagain"' if number % 50 == 7 else text
        text = "" if number % 97 == 3 else text
        label = {11: "", 13: f" {label}"}.get(number % 89, label)
        lines.append(f"{number};{text};{label}")
    return "\r\n".join(lines).encode("cp1252")


def main() -> None:
    """Does it, and prints what each part took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="an empty folder; a temporary one else")
    parser.add_argument("--wheel", help="what pip installs in place of this repository")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "reviews.csv").write_bytes(messy())
        steps(folder, options.wheel or str(REPO))


def steps(folder: Path, source: str) -> None:
    """Each part, one after the other."""
    python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(python), "-m", *command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def install() -> str:
        venv.create(folder / "env", with_pip=True)
        done = run("pip", "install", "--quiet", f"{source}[tensorflow]")
        return f"exit {done.returncode} {done.stderr[-300:]}"

    def config() -> str:
        text = run("rnnkit", "config", "new", "classification").stdout
        (folder / "mine.yaml").write_text(text, encoding="utf-8")
        return f"{len(text.splitlines())} lines"

    keys = [DATASET]

    def train() -> str:
        done = run("rnnkit", "train", "mine.yaml", *keys)
        if cure := re.search(r"`data\.dataset\.csv\.(\w+: [^`]+)`", done.stderr):
            keys.append(f"data.dataset.csv.{cure[1].replace(': ', '=', 1)}")
        last = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]
        return f"exit {done.returncode}: {last}"

    def answer() -> str:
        done = run("rnnkit", "predict", "--text", "a bright and funny film")
        return " ".join(done.stdout.split())

    begun = time.perf_counter()
    timed("install", install)
    timed("config new", config)
    for attempt in range(1, 5):
        if timed(f"train, {attempt}", train).startswith("exit 0"):
            break
    timed("predict", answer)
    print(f"{'in all':12}{time.perf_counter() - begun:8.1f} s", flush=True)
    sys.stdout.flush()


def timed(what: str, work: Callable[[], str]) -> str:
    """What a part said, with its seconds."""
    start = time.perf_counter()
    said = work()
    print(f"{what:12}{time.perf_counter() - start:8.1f} s   {said}", flush=True)
    return said


if __name__ == "__main__":
    main()
