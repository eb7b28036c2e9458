"""Damaged files: what damages them, and who reads each.

Run alone, `python -m tests.helpers.fuzzing NAME COUNT SEED`, it damages one file COUNT times under
limits of time and memory, in a process of its own: what a reader does to it is the test's answer.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import numpy as np

from rnnkit.api.functions import load_run
from rnnkit.config import load_config
from rnnkit.data.datasets.series import SeriesFile
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.scaler import Scaler
from rnnkit.data.encode.tokenizer_specs import Char
from rnnkit.data.formats.csv import Csv
from rnnkit.data.read.id_lists import read_flat, read_keras_npz
from rnnkit.errors import RnnkitError
from rnnkit.models.layers.embedding import Embedding
from rnnkit.registry import lookup
from rnnkit.run import RunFolder
from rnnkit.storage import npz_bytes
from rnnkit.tasks.task import task_of
from rnnkit.training.checkpoint import load_checkpoint
from rnnkit.workflows.circumstances import circumstances
from rnnkit.workflows.resumed import Resumed

SECONDS = 2.0  # of the processor, which an example may take
BYTES = 500_000_000  # by which it may make the process larger
RUN = Path(__file__).parents[1] / "fixtures" / "format1" / "before_redesign"
SEED = "had a general council"
TOKENS = "Sentence #,Word,Tag\n1,The,DT\n,cat,NN\n2,It,PRP\n"
SERIES = "t,y,x\n" + "".join(f"2020-01-{day:02d},{day * 1.5},a\n" for day in range(1, 12))
CONFIG = (RUN / "config.yaml").read_text()

TABLE = "text,label\n\"good, really\",a\nbad,b\n'odd',c\n"
SENTENCES = "The\tDT\tB-NP\ncat\tNN\tI-NP\n\nIt\tPRP\tO\n"
UD = "1\tIt\tit\tPRON\tPRP\t_\t2\tnsubj\t_\t_\n2\tis\tbe\tVERB\tVBZ\t_\t0\troot\t_\t_\n\n"
LINES = '{"text": "good", "label": "a", "n": [1, {"b": null}]}\n{"text": "bad"}\n'
ARRAYS = {"x": np.ones((3, 2, 1), np.float32), "y": np.arange(3), "names": np.array(["a", "b"])}
LISTS = {f"{a}_{b}": np.arange(4) for a in ("x", "y") for b in ("train", "test")}


def columnar(kind: str) -> bytes:
    import pyarrow as arrow
    from pyarrow import ipc, parquet

    table = arrow.table({"text": ["good", "bad"], "n": [1.5, None], "k": [[1], [2, 3]]})
    sink = io.BytesIO()
    if kind == "parquet":
        parquet.write_table(table, sink)
    else:
        with ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue()


def rows(name: str) -> Callable[[Path], object]:
    kind = lookup("format", name, "")

    def read(path: Path) -> object:
        with kind().read(path) as found:
            return list(found)

    return read


@dataclass(frozen=True)
class Target:
    """A file that is damaged, and who reads it.

    Args:
        file: Its name, below an empty folder.
        content: What it holds.
        read: Reads it, and what stands about it.
        around: Writes what stands about it, before each example.
        seal: What a stranger who changes it would change with it, such as a checksum.
    """

    file: str
    content: bytes
    read: Callable[[Path], object]
    around: Callable[[Path], object] = lambda folder: None
    seal: Callable[[Path], object] = lambda path: None


def plain_targets() -> dict[str, Target]:
    """The readers of a file that is read alone."""
    labels = json.dumps({"names": ["a", "b"], "counts": [1, 2], "texts": 3, "several": False})
    flat = {
        f"{name}_{part}{end}": np.arange(2)
        for part in ("train", "test")
        for name, end in (("x", "_flat"), ("x", "_len"), ("y", ""))
    }
    text = {
        "csv": TABLE,
        "tsv": "text\tlabel\ngood\ta\nbad\tb\n",
        "jsonl": LINES,
        "txt": "a b\nc\n",
        "conll": SENTENCES,
        "conllu": UD,
    }
    files = {name: (f"f.{name}", of.encode(), rows(name)) for name, of in text.items()}
    files["gz"] = ("f.csv.gz", gzip.compress(TABLE.encode()), rows("csv"))
    files["npz"] = ("f.npz", npz_bytes(ARRAYS), rows("npz"))
    files["parquet"] = ("f.parquet", columnar("parquet"), rows("parquet"))
    files["arrow"] = ("f.arrow", columnar("arrow"), rows("arrow"))
    files["ids"] = ("imdb.npz", npz_bytes(flat), read_flat)
    files["pickled"] = ("imdb.npz", npz_bytes(LISTS), read_keras_npz)
    files["labels"] = ("labels.json", labels.encode(), Labels.load)
    scale = json.dumps({"mean": [0.5, 1.0], "scale": [1.0, 2.0]}).encode()
    files["scaler"] = ("scaler.json", scale, Scaler.load)
    trained = Char().train("abcab").fingerprint.encode()
    files["tokenizer"] = ("tokenizer.json", trained, Char().load)
    files["tagged_csv"] = ("f.csv", TOKENS.encode(), rows("tagged_csv"))
    files["tagged_lines"] = ("f.txt", b"The|DT cat|NN\nIt|PRP\n", rows("tagged_lines"))
    spaced = b'text label\n"a b" x\nc "d ""e\n f"\n'
    files["spaced"] = ("f.csv", spaced, lambda path: list(Csv(separator="whitespace").read(path)))
    files["config"] = ("c.yaml", CONFIG.encode(), lambda path: load_config(path, environment=False))
    files["vectors"] = ("v.vec", b"2 3\nthe 1 2 3\ncat 0.5 -1e-3 2\n", read_vectors)
    files["series"] = ("s.csv", SERIES.encode(), read_series)
    return {name: Target(*of) for name, of in files.items()}


def read_vectors(path: Path) -> object:
    return Embedding(dim=3, path=str(path)).read_vectors(["the", "cat", "dog"], 0)


def read_series(path: Path) -> object:
    return SeriesFile(path=str(path), target="y", time="t", categorical=["x"]).load()


def ask(path: Path) -> None:
    """Opens, reads and asks the run that a file is of, and scores some, as that takes longest."""
    run = load_run(path.parent)
    run.predict([SEED])
    run.generate(SEED, max_new_tokens=2)
    _ = run.history, run.metrics
    if zlib.crc32(path.read_bytes()) % 4 == 0:
        run.evaluate("validation")


def resume_up_to_the_framework(path: Path) -> None:
    """What `--resume` reads before TensorFlow is asked for anything."""
    run = RunFolder(path.parents[2])
    checkpoint = load_checkpoint(run.checkpoints)
    resumed = Resumed(run, checkpoint, task_of(run), (), allow=True)
    resumed.require_allowed(circumstances("tensorflow"))
    assert resumed.progress.epoch >= 0


def seal_weights(path: Path) -> None:
    manifest = json.loads((RUN / "manifest.json").read_text())
    manifest["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (path.parent / "manifest.json").write_text(json.dumps(manifest))


def seal_state(path: Path) -> None:
    """The checksum of a checkpoint whose state or arrays were changed."""
    folder = path.parent
    with contextlib.suppress(ValueError, RecursionError):
        state = json.loads((folder / "state.json").read_bytes())
        if isinstance(state, dict):
            state.pop("sha256", None)
            content = (folder / "state.npz").read_bytes() + json.dumps(
                state, sort_keys=True
            ).encode()
            state["sha256"] = hashlib.sha256(content).hexdigest()
            (folder / "state.json").write_text(json.dumps(state))


def copy_run(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(RUN, folder)


def run_targets() -> dict[str, Target]:
    """Each file of a run, and each of its checkpoint."""
    found = {}
    for path in sorted(RUN.rglob("*")):
        if path.is_file():
            of_checkpoint = path.parent != RUN
            seal: Callable[[Path], object] = lambda path: None  # noqa: E731
            if of_checkpoint:
                seal = seal_state
            elif path.name == "weights.npz":
                seal = seal_weights
            read = resume_up_to_the_framework if of_checkpoint else ask
            file = str(path.relative_to(RUN))
            found[f"run {path.name}"] = Target(file, path.read_bytes(), read, copy_run, seal)
    return found


def targets() -> dict[str, Target]:
    """All of them, by name."""
    return {**plain_targets(), **run_targets()}


ODD = [
    b"\0",
    b'"',
    b"[",
    b"{",
    b"-1",
    b"1e999",
    b"null",
    b"\xff",
    b"\n",
    b"99999999999",
    b"PK",
    b"'",
]


def mutated(content: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 5))):
        place = dice.randrange(len(damaged) + 1)
        end = min(len(damaged), place + dice.choice((0, 1, 4, 30)))
        kind = dice.randrange(5)
        if kind == 0 and damaged:
            damaged[min(place, len(damaged) - 1)] ^= 1 << dice.randrange(8)
        elif kind == 1:
            damaged[place:end] = dice.choice(ODD) * dice.choice((1, 1, 3, 2000))
        elif kind == 2:
            del damaged[place:end]
        elif kind == 3:
            damaged[place:place] = damaged[place:end] * dice.choice((1, 50))
        else:
            damaged[place:end] = dice.randbytes(end - place)
    return bytes(damaged[: dice.randrange(len(damaged) + 1)] if dice.random() < 0.1 else damaged)


class SlowError(BaseException):
    """An example takes too long; no reader takes it for a fault of the file."""


def survive(name: str, target: Target, count: int, folder: Path, seed: object = "") -> str:
    """What went wrong with the first example that did not end in an answer or a RnnkitError; ""
    where all did.

    Args:
        name: The target's.
        target: The file.
        count: How many examples.
        folder: An empty one.
        seed: Of their dice, with the name and the number of each.
    """
    folder.mkdir(exist_ok=True)
    for number in range(count):
        dice = random.Random(f"{seed}{name} {number}")
        target.around(folder)
        path = folder / target.file
        path.write_bytes(mutated(target.content, dice))
        if dice.random() < 0.7:
            target.seal(path)
        started = time.process_time()
        if _is_limited:
            signal.setitimer(signal.ITIMER_PROF, 4 * SECONDS)
        try:
            target.read(path)
        except RnnkitError as error:
            if not 0 < max(map(len, str(error).splitlines()), default=0) <= 3000:
                return f"{name} {number}: a message of {len(str(error))} characters"
        except BaseException as error:
            return f"{name} {number}: {type(error).__name__}: {error}"
        if (took := time.process_time() - started) > SECONDS and _is_limited:
            return f"{name} {number}: {took:.1f} seconds"
        if _is_limited and (grown := _grown()) > BYTES:
            return f"{name} {number}: {grown:,} bytes"
    return ""


_is_limited = False
_before = 0


def _kilobytes(field: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0])


def _grown() -> int:
    return max(0, (_kilobytes("VmHWM") - _before) * 1024)


def _limit() -> None:
    """The limits of this process: what a reader cannot be told, it is stopped at."""
    global _is_limited, _before
    most = _kilobytes("VmSize") * 1024 + 4 * BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def slow(number: int, frame: FrameType | None) -> None:
        raise SlowError(f"more than {4 * SECONDS} seconds")

    signal.signal(signal.SIGPROF, slow)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here on
    _is_limited, _before = True, _kilobytes("VmRSS")


def main(name: str, count: str, seed: str) -> None:
    """Damages one file in this process, and says which example was not survived."""
    warnings.simplefilter("ignore")
    target, folder = targets()[name], Path(tempfile.mkdtemp())
    os.environ["RNNKIT_RUNS"] = str(folder)
    try:
        survive(name, target, 2, folder / "f", "first ")  # what is loaded once is not the file's
        _limit()
        print(survive(name, target, int(count), folder / "f", f"{seed} "))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
