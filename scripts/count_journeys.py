"""How many files a row, a seed and a file of questions travel through (docs/architecture.md).

    python scripts/count_journeys.py [--list]

The rule. A file of rnnkit/ counts where one of its functions is called with, or gives back, a value
that is what travels or holds it: the text, its tokens, the record, the ids in an array, or a list
or an object that has one of these within three levels. It hands a row on where a function gives it
back itself, as text, tokens, ids, a record or a list of these. A row is followed up to the batch
that is handed to the compiled step; what the step does with tensors is not seen, but its loss
counts. A call counts once for each pair of files, the one that calls and the one that is called.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import rnnkit

PACKAGE = str(Path(rnnkit.__file__).parent) + os.sep
WORD, TIMES, SEED = "zebra", 23, 7654321  # an id that an array holds 23 times is the word's
TEXT = f"{WORD} {WORD}"
TABLE = "text,label\n" + "".join(
    f"{(WORD + ' ') * TIMES}row{number},good\n{'bad ' * (TIMES - 1)}row{number},bad\n"
    for number in range(12)
)
CONFIG = f"""\
task: classification
data: {{dataset: {{csv: reviews.csv}}, split: {{validation: 0.2}}}}
model: {{embedding: 4, layers: [gru: 4]}}
train: {{epochs: 1, batch_size: 32, random_seed: {SEED}}}
"""
STEP, LOSS = "TrainStep.begin", "ClassificationNetwork._one_label"


def parts_of(value: Any) -> Iterator[Any]:
    """What a container or an object of rnnkit's holds."""
    if isinstance(value, list | tuple):
        yield from value[:40]
    elif isinstance(value, dict):
        yield from list(value.values())[:40]
    elif type(value).__module__.startswith("rnnkit"):
        yield from getattr(value, "__dict__", {}).values()
        yield from (getattr(value, name, None) for name in getattr(type(value), "__slots__", ()))


def is_row(value: Any) -> bool:
    """Whether a value is the row, a record, a batch or a list with it, as text, tokens or ids."""
    plain = isinstance(value, list | tuple | dict)
    return holds_row(value, 0) or (plain and any(holds_row(part, 1) for part in parts_of(value)))


def holds_row(value: Any, depth: int = 3) -> bool:
    """Whether a value is the row or holds it: as text, as records or as ids of tokens."""
    if isinstance(value, str):
        return TEXT in value
    if isinstance(value, bytes):
        return TEXT.encode() in value
    if isinstance(value, list | tuple) and value and isinstance(value[0], str):
        return value.count(WORD) >= TIMES or any(TEXT in str(text) for text in value[:40])
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "OU":
            return any(TEXT in str(text) for text in value.ravel()[:40])
        counts = np.bincount(np.clip(value.ravel(), 0, 99))[1:] if value.dtype.kind == "i" else 0
        return bool(np.any((counts > 0) & (counts % TIMES == 0)))
    return depth > 0 and any(holds_row(part, depth - 1) for part in parts_of(value))


def holds_seed(value: Any) -> bool:
    """The number itself, alone or among others."""
    if isinstance(value, list | tuple):
        return any(map(holds_seed, value))
    return isinstance(value, int) and value == SEED


class Journey:
    """Follows what travels.

    Args:
        holds: Whether a value is what travels, or holds it.
        step: The function that ends the journey; below it only `loss` counts.
        loss: The last function.
    """

    def __init__(self, holds: Callable[[Any], bool], step: str = "", loss: str = ""):
        self._holds, self._step, self._loss = holds, step, loss
        self._below = self._is_over = False
        self.files: set[str] = set()
        self.passing: set[str] = set()
        self.calls: set[tuple[str, str]] = set()

    def see(self, frame: FrameType, event: str, value: Any) -> None:
        """A function of rnnkit's is called, or gives a value back."""
        code = frame.f_code
        if self._is_over or (self._below and code.co_qualname != self._loss):
            return
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        values = [frame.f_locals.get(name) for name in names] if event == "call" else [value]
        is_end = event == "call" and code.co_qualname in (self._step, self._loss)
        self._is_over = self._below
        if not self._below and not any(map(self._holds, values)):
            return
        self._below = code.co_qualname == self._step
        self._count(frame, passes=is_end or (event == "return" and is_row(value)))

    def _count(self, frame: FrameType, *, passes: bool) -> None:
        here, caller = frame.f_code.co_filename, frame.f_back
        while caller and not caller.f_code.co_filename.startswith(PACKAGE):
            caller = caller.f_back
        self.files.add(here.removeprefix(PACKAGE))
        if passes:
            self.passing.add(here.removeprefix(PACKAGE))
        if caller and caller.f_code.co_filename != here:
            self.calls.add((caller.f_code.co_filename, here))


def follow(action: Callable[[], object], *journeys: Journey) -> None:
    """What travels while an action is done."""

    def see(frame: FrameType, event: str, value: Any) -> None:
        if event in ("call", "return") and frame.f_code.co_filename.startswith(PACKAGE):
            for journey in journeys:
                journey.see(frame, event, value)

    threading.setprofile(see)
    sys.setprofile(see)
    try:
        action()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def counted(folder: Path) -> tuple[Journey, Journey, Journey]:
    """Those of a row, of a seed and of a file of questions; the folder is an empty one."""
    from rnnkit.workflows.predict import predict_files
    from rnnkit.workflows.train import train

    os.chdir(folder)
    os.environ |= {"RNNKIT_RUNS": str(folder), "RNNKIT_CACHE": "0"}
    table, config = folder / "reviews.csv", folder / "reviews.yaml"
    table.write_text(TABLE, encoding="utf-8")
    config.write_text(CONFIG, encoding="utf-8")
    row, seed, answers = Journey(holds_row, STEP, LOSS), Journey(holds_seed), Journey(holds_row)
    follow(lambda: train(str(config)), row, seed)
    follow(lambda: predict_files("reviews", [str(table)], str(folder / "answers.csv")), answers)
    return row, seed, answers


def described(row: Journey, seed: Journey, answers: Journey) -> dict[str, str]:
    """What the page says of each."""
    return {
        "a row to its loss": f"{len(row.files)} files and {len(row.calls)} calls between them;"
        f" {len(row.passing)} of these files hand it on",
        "a seed": f"{len(seed.files)} files and {len(seed.calls)} calls between them",
        "a file to its answers": f"{len(answers.files)} files and {len(answers.calls)} calls"
        " between them",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--list", action="store_true", help="the files too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        journeys = counted(Path(folder))
    for journey, (name, text) in zip(journeys, described(*journeys).items(), strict=True):
        print(f"{name}: {text}")
        if arguments.list:
            marks = (("*" if file in journey.passing else " ") for file in sorted(journey.files))
            print(*map("  {} {}".format, marks, sorted(journey.files)), sep="\n")


if __name__ == "__main__":
    main()
