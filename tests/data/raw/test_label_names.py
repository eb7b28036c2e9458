"""One rule for what a label is called, in whatever kind of file it stands."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.data.datasets.arrays import Arrays
from rnnkit.data.raw.label_names import label_key, label_name
from rnnkit.data.read.columns import Columns
from rnnkit.data.read.labelled import read_labelled
from tests.data.tables import made

Write = Callable[[list[Any]], list[str]]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1234567.0, "1234567"),
        ("1234567.0", "1234567"),
        ("1.00", "1"),
        (2**53 + 1, "9007199254740993"),
        ("9007199254740993.0", "9007199254740993"),
        (1e22, "10000000000000000000000"),
        ("1e+16", "10000000000000000"),
        (-0.0, "0"),
        ("-3.0", "-3"),
        (0.1, "0.1"),
        (1234567.25, "1234567.25"),
        (Decimal("7.00"), "7"),
        (np.float32(3), "3"),
        (np.uint64(2**64 - 1), "18446744073709551615"),
        (True, "True"),
        (np.False_, "False"),
        (" good ", "good"),
        # What only looks like a number is a name.
        ("007", "007"),
        ("1.10", "1.10"),
        ("1E3", "1E3"),
        ("1.", "1."),
        ("+1", "+1"),
        ("true", "true"),
        ("inf", "inf"),
    ],
)
def test_label_name_of_any_cell(value: object, name: str) -> None:
    assert label_name(value) == name


def test_label_key_joins_the_ways_to_write_a_truth_value() -> None:
    assert len({label_key(name) for name in ("true", "True", "TRUE")}) == 1
    assert label_key("half-true") == "half-true"


def _delimited(kind: str, delimiter: str) -> Write:
    def write(values: list[Any]) -> list[str]:
        with open(f"t.{kind}", "w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=delimiter).writerows(
                [("text", "label"), *(("a", value) for value in values)]
            )
        return _read(kind)

    return write


def _jsonl(values: list[Any]) -> list[str]:
    lines = (json.dumps({"text": "a", "label": value}) for value in values)
    Path("t.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return _read("jsonl")


def _parquet(values: list[Any]) -> list[str]:
    with made("parquet").writer(Path("t.parquet")) as file:
        file.write([{"text": "a", "label": value} for value in values])
    return _read("parquet")


def _npz(values: list[Any]) -> list[str]:
    np.savez("t.npz", x=np.zeros((len(values), 2, 1)), y=values)
    examples = Arrays(path="t.npz").load(each_step=False).parts["train"]
    return [name for (name,) in examples.labels]


def _read(kind: str) -> list[str]:
    rows = made(kind).read(Path(f"t.{kind}"))
    examples, _ = read_labelled(rows, Columns("text", "label"))
    return [name for (name,) in examples.labels]


WRITERS = {
    "csv": _delimited("csv", ","),
    "tsv": _delimited("tsv", "\t"),
    "jsonl": _jsonl,
    "parquet": _parquet,
    "npz": _npz,
}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([1234567.0, 1234568.0, 9.0, 1e16], ["1234567", "1234568", "9", "10000000000000000"]),
        ([1, 0], ["1", "0"]),
        ([2**53, 2**53 + 1], ["9007199254740992", "9007199254740993"]),
        ([True, False], ["True", "False"]),
        (["1", "1.0", "good"], ["1", "1", "good"]),
    ],
)
def test_label_names_are_the_same_in_every_format(
    kind: str, values: list[Any], names: list[str]
) -> None:
    assert WRITERS[kind](values) == names


def test_label_name_of_both_unicode_forms_is_one() -> None:
    assert label_name("cafe\u0301") == label_name("caf\u00e9") == "caf\u00e9"
    assert label_name("\ud83d") == r"\ud83d"  # which no file can hold
