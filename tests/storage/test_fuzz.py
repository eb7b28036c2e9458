"""Damaged files: every reader gives what is in them or a RnnkitError, and nothing else."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.scaler import Scaler
from rnnkit.data.encode.tokenizer_specs import Char
from rnnkit.data.read.id_lists import read_flat, read_keras_npz
from rnnkit.errors import RnnkitError
from rnnkit.registry import lookup
from rnnkit.storage import npz_bytes
from rnnkit.training.checkpoint import load_checkpoint, save_checkpoint

TABLE = "text,label\n\"good, really\",a\nbad,b\n'odd',c\n"
SENTENCES = "The\tDT\tB-NP\ncat\tNN\tI-NP\n\nIt\tPRP\tO\n"
UD = "1\tIt\tit\tPRON\tPRP\t_\t2\tnsubj\t_\t_\n2\tis\tbe\tVERB\tVBZ\t_\t0\troot\t_\t_\n\n"
LINES = '{"text": "good", "label": "a", "n": [1, {"b": null}]}\n{"text": "bad"}\n'
ARRAYS = {"x": np.ones((3, 2, 1), np.float32), "y": np.arange(3), "names": np.array(["a", "b"])}
LISTS = {f"{a}_{b}": np.arange(4) for a in ("x", "y") for b in ("train", "test")}


def columnar(kind: str) -> bytes:
    arrow = pytest.importorskip("pyarrow")
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


def seeds() -> dict[str, tuple[str, bytes, Callable[[Path], object]]]:
    """The file's name, its content and its reader, by what it is."""
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
    return files


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


def survive(count: int, folder: Path) -> None:
    for name, (file, content, read) in seeds().items():
        read_whole = folder / file
        read_whole.write_bytes(content)
        if name not in ("pickled", "ids"):
            read(read_whole)
        for number in range(count):
            dice = random.Random(f"{name} {number}")
            (folder / file).write_bytes(mutated(content, dice))
            try:
                read(folder / file)
            except RnnkitError:
                pass
            except BaseException as error:
                pytest.fail(f"{name} {number}: {type(error).__name__}: {error}")


@pytest.mark.filterwarnings("ignore")
def test_readers_survive_damage(tmp_path: Path) -> None:
    survive(14, tmp_path)


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore")
def test_readers_survive_much_damage(tmp_path: Path) -> None:
    survive(350, tmp_path)


@pytest.mark.parametrize("state", ["[" * 100_000, "{}", '{"sha256": "", "progress": 3}', "\0"])
def test_load_checkpoint_falls_back_from_a_damaged_state(tmp_path: Path, state: str) -> None:
    held = {"identity": {}, "progress": {}}
    for step in (1, 2):
        save_checkpoint(tmp_path, step, {"a": np.array([step])}, held, keep=2)
    (tmp_path / "step-000000002" / "state.json").write_text(state)
    assert load_checkpoint(tmp_path).arrays["a"].tolist() == [1]
