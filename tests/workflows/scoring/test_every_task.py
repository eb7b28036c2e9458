"""Folders of every kind of file that each task reads, in every kind that it writes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnkit.workflows.predict import predict_files
from tests.helpers.classified import write_moods
from tests.helpers.forecasters import MACHINE, write_machine
from tests.helpers.killing import is_killed_at
from tests.helpers.paired import DECODER, ENCODER, write_pairs
from tests.helpers.tagged import arrays, write_names, write_sequences, write_steps
from tests.helpers.untrained import untrained_run

TSV = "Tweet\tn\n{} felt glad\t1\n\t2\nangry\t3\n"
PAIRED = f"""
task: seq2seq
data: {{dataset: {{pairs: {{path: pairs.tsv}}}}, split: {{validation: 0}}}}
model: {{encoder: {ENCODER}, decoder: {DECODER}, attention: additive}}
generate: {{max_new_tokens: 4}}
"""
NUMBERS = np.random.default_rng(0).normal(size=(5, 10, 2)).astype(np.float32)


def write_arrays(folder: Path) -> None:
    np.savez(folder / "a.npz", x=arrays()[0])
    np.savez(folder / "b.npz", x=NUMBERS)


def write_tweets(folder: Path) -> None:
    for index, name in enumerate(("a", "b")):
        (folder / f"{name}.tsv").write_text(TSV.format(name))
        table = pd.DataFrame({"Tweet": ["glad", None, "afraid"], "n": [index, 2, 3]})
        table["on"] = pd.to_datetime(["2024-01-01", "2024-01-02", None])
        table.to_parquet(folder / f"{name}2.parquet")
    table.to_feather(folder / "c.arrow")


def write_sentences(folder: Path) -> None:
    (folder / "a.txt").write_text("Olga Smith left Rome .\n\nthe mouse lives in Paris\n")
    (folder / "b.conll").write_text("# one\nOlga\nSmith\n\nleft\n")
    word = "\t".join(["{}", "{}", *["_"] * 8]) + "\n"
    (folder / "c.conllu").write_text(word.format(1, "Olga") + word.format(2, "left") + "\n")
    (folder / "d.jsonl").write_text('{"tokens": ["Olga", "left"], "id": {"n": [1, null]}}\n' * 2)
    (folder / "e.csv").write_text("Sentence #,Word,mark\n1,Olga,x\n,left,y\n2,Rome,z\n")


def write_series(folder: Path) -> None:
    for name, steps in (("a.csv", 20), ("b.csv", 40)):
        write_machine(folder / name, steps)
    pd.read_csv(folder / "b.csv").to_parquet(folder / "c.parquet")


@dataclass(frozen=True)
class Kind:
    """A run, and what it answers.

    Args:
        data: Writes its config, NAME.yaml, or what that reads, into a folder.
        asked: Writes files to answer into a folder.
        config: The config, where `data` does not write it.
    """

    data: Callable[[Path], object]
    asked: Callable[[Path], None]
    config: str = ""


KINDS = {
    "moods": Kind(write_moods, write_tweets),
    "names": Kind(write_names, write_sentences),
    "steps": Kind(write_steps, write_arrays),
    "sequences": Kind(write_sequences, write_arrays),
    "pairs": Kind(
        lambda folder: write_pairs("pairs.tsv", [("go .", "va !"), ("I go", "je vais")]),
        lambda folder: (
            [(folder / name).write_text("go .\n\nI go\n") for name in ("a.txt", "b.txt")] and None
        ),
        PAIRED,
    ),
    "machine": Kind(
        lambda folder: write_machine(folder / "machine.csv"),
        write_series,
        MACHINE.replace("PATH", "machine.csv"),
    ),
}


def prepared(name: str, folder: Path) -> str:
    """A run, whose files to answer are in the folder "in"."""
    kind = KINDS[name]
    (folder / "runs").mkdir()
    (folder / "in").mkdir()
    kind.data(folder)
    kind.asked(folder / "in")
    text = kind.config or (folder / f"{name}.yaml").read_text(encoding="utf-8")
    return str(untrained_run(name, text))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")
    }


@pytest.mark.parametrize("name", KINDS)
def test_a_folder_of_each_kind_is_answered_as_its_files_are_alone(
    name: str, tmp_path: Path
) -> None:
    run = prepared(name, tmp_path)
    rows, files = predict_files(run, ["in"], "out")
    assert files == len(list(Path("in").iterdir())) == len(contents(Path("out")))
    alone = 0
    Path("alone").mkdir()
    for path in sorted(Path("in").iterdir()):
        (of_file,) = [one for one in Path("out").iterdir() if one.stem == path.stem]
        count, _ = predict_files(run, [str(path)], f"alone/{of_file.name}")
        alone += count
    assert rows == alone > 0
    assert contents(Path("out")) == contents(Path("alone"))


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", KINDS)
def test_a_folder_of_each_kind_survives_kills_and_is_the_same_by_two_processes(
    name: str, tmp_path: Path
) -> None:
    run = prepared(name, tmp_path)
    answered = predict_files(run, ["in"], "whole")
    assert predict_files(run, ["in"], "two", jobs=2) == answered
    assert contents(Path("two")) == contents(Path("whole"))
    killed = 0
    for nth in range(5, 60, 6):
        place = tmp_path / "place"
        place.mkdir()

        def call(place: Path = place) -> None:
            predict_files(run, ["in"], str(place / "out"))

        killed += is_killed_at(nth, place, call)
        assert contents(place / "out").items() <= contents(Path("whole")).items()
        assert predict_files(run, ["in"], str(place / "out"), overwrite=True) == answered
        assert contents(place / "out") == contents(Path("whole"))
        shutil.rmtree(place)
    assert killed > 3
