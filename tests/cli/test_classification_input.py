"""Labelled files that are not what they should be: one line that names file and row or key, exit
code 2, and no run left behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from tests.cli.invoke import done, invoke
from tests.conftest import Rnnkit
from tests.helpers.classified import csv_text

CONFIG = """\
task: classification
data: {{dataset: {dataset}, split: 0.25}}
model: {{embedding: 2, layers: [simple_rnn: 2]}}
train: {{epochs: 1}}
"""
GOOD = [(f"text {index}", "ab"[index % 2]) for index in range(40)]

Refused = Callable[..., None]


@pytest.fixture
def refused(tmp_path: Path, runs: Path) -> Refused:
    """Checks that training on the data set is refused with a line of `words`, and that no run is
    there.
    """

    def check(dataset: str, *words: str, overrides: tuple[str, ...] = ()) -> None:
        (tmp_path / "c.yaml").write_text(CONFIG.format(dataset=dataset), encoding="utf-8")
        before = sorted(path.name for path in tmp_path.iterdir())
        result = invoke("train", "c.yaml", *overrides)
        assert (result.exit_code, result.stdout) == (2, ""), result.stderr
        # the share of the config does nothing where the data set has that part of its own
        lines = [line for line in result.stderr.splitlines() if "has no effect" not in line]
        assert len(lines) == 1 and lines[0].startswith("Error: "), result.stderr
        assert len(result.stderr) < 1000
        for word in words:
            assert word in result.stderr
        assert sorted(path.name for path in tmp_path.iterdir()) == before

    return check


def described(dataset: str, *overrides: str) -> str:
    """What training and evaluation say of the data first."""
    write("c.yaml", CONFIG.format(dataset=dataset))
    return "\n".join(load_task(Path("c.yaml"), overrides).prepare(Source()).notes)


def write(name: str, content: str | bytes) -> None:
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)


# Columns.


def test_csv_and_json_lines_name_the_columns_of_a_file(refused: Refused) -> None:
    write("t.csv", csv_text(GOOD).replace("text,label", "Text,sentiment"))
    refused(
        "{csv: t.csv}",
        "data.dataset.csv.path",
        "no column 'text'",
        "Did you mean 'Text'?",
    )
    refused("{csv: {path: t.csv, text: Text}}", "t.csv", "no column 'label'")
    refused("{csv: {path: t.csv, text: Text, label: [joy, fear]}}", "no column 'joy'")
    write("t.jsonl", '{"text": "a", "label": "x"}\n{"text": "b", "lable": "y"}\n')
    refused("{jsonl: t.jsonl}", "t.jsonl: row 2", "no column 'label'")


def test_csv_reads_a_file_without_a_header_by_position(refused: Refused) -> None:
    write("t.csv", csv_text(GOOD).removeprefix("text,label\n"))
    refused("{csv: t.csv}", "no column 'text'", "'text 0'")
    assert "train 30 texts" in described("{csv: {path: t.csv, header: false, text: 0, label: 1}}")


# Labels.


def test_train_refuses_a_single_class(refused: Refused) -> None:
    write("t.csv", csv_text([(text, "a") for text, _ in GOOD]))
    refused(
        "{csv: t.csv}",
        "data.dataset: ",
        "one label only: 'a', 40 times",
    )


def test_train_refuses_texts_without_any_label(refused: Refused) -> None:
    write("t.csv", "text,a,b\n" + "".join(f"text {index},0,0\n" for index in range(20)))
    refused(
        "{csv: {path: t.csv, label: [a, b]}}",
        "data.dataset: no text",
    )


def test_train_drops_and_counts_rows_without_a_label(runs: Path) -> None:
    rows = csv_text([*GOOD, ("no label", ""), ("none either", "NaN"), ("nor here", "nan")])
    write("t.csv", rows)
    write("c.yaml", CONFIG.format(dataset="{csv: t.csv}"))
    said = done("train", "c.yaml").stderr
    assert (runs / "c" / "weights.npz").exists()
    assert re.search(r"t\.csv: 1 row with no label .*: row 42\n", said)
    assert re.search(r"t\.csv: 2 rows .*nan.*: row 43, 44\n", said)
    assert "train 30 texts, validation 10 texts" in said
    assert "2 labels in training: a 15, b 15" in said


def test_train_refuses_a_file_without_labels(refused: Refused) -> None:
    write("t.csv", csv_text([(text, "nan") for text, _ in GOOD]))
    refused("{csv: t.csv}", "t.csv has no row")
    write("t.jsonl", '{"text": "a", "label": NaN}\n{"text": "b", "label": null}\n')
    refused("{jsonl: t.jsonl}", "t.jsonl has no row")


def test_train_refuses_a_label_of_the_validation_file_alone(refused: Refused) -> None:
    write("t.csv", csv_text(GOOD))
    write("v.csv", csv_text([("fine", "a"), ("new", "c")]))
    for part in ("validation", "test"):
        refused(
            f"{{csv: {{path: t.csv, {part}_path: v.csv}}}}",
            "v.csv: row 3: ",
            "the label 'c'",
            "`data.labels`",
        )


def test_train_refuses_a_label_outside_the_declared_ones(refused: Refused) -> None:
    rows = [(text, "01"[index % 2]) for index, (text, _) in enumerate(GOOD)]
    write("t.csv", csv_text([*rows, ("slip", "7")]))
    refused(
        "{csv: t.csv}",
        "t.csv: row 42: ",
        "the label '7'",
        overrides=("data.labels=[0, 1]", "data.split.validation=0"),
    )
    write(
        "several.csv",
        "text,a,b\n"
        + "".join(f"text {index},{index % 2},0\n" for index in range(20))
        + "slip,1,7\n",
    )
    refused(
        "{csv: {path: several.csv, label: [a, b]}}",
        "several.csv: row 22",
        "'b' holds '7'",
    )
    # Without data.labels it may be a third one.
    assert "1 label has one training text only: '7' (t.csv: row 42)" in described("{csv: t.csv}")


def test_train_refuses_a_label_column_of_measurements(refused: Refused) -> None:
    write("t.csv", csv_text([(text, f"{index / 7:.6f}") for index, (text, _) in enumerate(GOOD)]))
    refused(
        "{csv: t.csv}",
        "data.dataset: 40 different labels",
        "'0.142857'",
    )
    write(
        "t.jsonl",
        "".join(f'{{"text": "text {index}", "label": {index / 7}}}\n' for index in range(40)),
    )
    refused("{jsonl: t.jsonl}", "data.dataset: 40 different labels")


def test_json_lines_reads_zeros_and_ones_as_floats_as_labels() -> None:
    write(
        "t.jsonl",
        "".join(f'{{"text": "text {index}", "label": {index % 2}.0}}\n' for index in range(40)),
    )
    assert "2 labels in training: 0 15, 1 15" in described("{jsonl: t.jsonl}")


# Texts.


def test_csv_drops_and_counts_empty_texts(refused: Refused) -> None:
    write("t.csv", csv_text([*GOOD, ("", "a"), ("  ", "b")]))
    assert "t.csv: 2 rows with an empty text left out: row 42, 43" in described("{csv: t.csv}")
    write("e.csv", csv_text([("", "a"), (" ", "b")]))
    refused(
        "{csv: e.csv}",
        "e.csv has no row",
        "row 2, 3",
    )


def test_prepare_truncates_a_row_of_a_megabyte() -> None:
    long = "".join(f"{'x' * 90} w{index % 100} " for index in range(10_500))
    write("t.csv", csv_text([*GOOD, (long, "a")]))
    said = described("{csv: t.csv}", "data.split.validation=0")
    assert "truncated (data.max_length sets another bound): t.csv: row 42" in said


def test_train_names_the_byte_of_another_encoding(
    refused: Refused, tmp_path: Path, rnnkit: Rnnkit
) -> None:
    write("t.csv", csv_text(GOOD).encode() + "café,a\n".encode() + "café,b\n".encode("latin-1"))
    refused(
        "{csv: t.csv}",
        "data.dataset.csv.path",
        "t.csv:43: byte 4",
        "UTF-8",
    )
    write("t.jsonl", b'{"text": "a", "label": "x"}\n{"text": "caf\xe9", "label": "y"}\n')
    refused("{jsonl: t.jsonl}", "t.jsonl:2: byte 14")
    (tmp_path / "f" / "a").mkdir(parents=True)
    write("f/a/1.txt", "café".encode("latin-1"))
    refused("{folder: f}", "data.dataset.folder.path", "f/a/1.txt:1: byte 3")
    result = rnnkit("train", "c.yaml")  # the same in a process of its own
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert result.stderr.startswith("Error: data.dataset.folder.path: f/a/1.txt:1")


# Files.


@pytest.mark.parametrize(
    ("dataset", "content", "words"),
    [
        ("{csv: t.csv}", "", "t.csv is empty"),
        ("{csv: t.csv}", "text,label\n", "t.csv has no row"),
        ("{jsonl: t.csv}", "", "t.csv has no row"),
        ("{jsonl: t.csv}", "text,label\n", "t.csv: row 1: not JSON"),
        ("{jsonl: t.csv}", '{"text": 5, "label": "a"}\n', "t.csv: row 1: text is 5"),
        (
            "{jsonl: t.csv}",
            '{"text": "a", "label": ["a", "b"]}\n',
            "t.csv: row 1: label is a list",
        ),
        (
            "{csv: t.csv}",
            "text,label\nx,a\ny,b,c\n",
            "t.csv: row 3",
        ),
        (
            "{csv: t.csv}",
            'text,label\nx,a\n"y,b\nz,a\n',
            "row 3",
        ),
        ("{csv: nosuch.csv}", "", "data.dataset.csv.path: no such file: 'nosuch.csv'"),
        ("{csv: t.cvs}", "", "Did you mean 't.csv'?"),
        ("{csv: .}", "", "'.' is a directory"),
        ("{folder: t.csv}", "x", "'t.csv' is a file. Expected a folder"),
    ],
)
def test_train_refuses_files_without_labelled_texts(
    dataset: str, content: str, words: str, refused: Refused
) -> None:
    write("t.csv", content)
    refused(dataset, words)


def test_folder_refuses_folders_without_texts(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "empty" / "a").mkdir(parents=True)
    refused(
        "{folder: empty}",
        "data.dataset.folder.path: ",
        "empty",
    )
    write("empty/only.txt", "one\ntwo\nthree\nfour\n")
    refused("{folder: empty}", "one label only: 'only', 4 times")
