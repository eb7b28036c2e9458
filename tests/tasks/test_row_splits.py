"""Rows of every kind are divided by a column: no group is in two parts; the newest are held out."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source

ROWS = 60
GROUPS = [f"g{row // 5}" for row in range(ROWS)]
DAYS = [(date(2024, 1, 1) + timedelta(days=row * 7 % ROWS)).isoformat() for row in range(ROWS)]
LABELS = ["ab"[row % 2] for row in range(ROWS)]
ONE_NET = "model: {embedding: 2, layers: [lstm: 2]}"
CONFIGS = {
    "table": "task: classification\ndata: {dataset: {csv: t.csv}, split: SPLIT}\n" + ONE_NET,
    "records": "task: classification\ndata: {dataset: {jsonl: t.jsonl}, split: SPLIT}\n" + ONE_NET,
    "arrays": "task: classification\ndata: {dataset: {arrays: t.npz}, split: SPLIT}\n"
    "model: {embedding: none, layers: [lstm: 2]}",
    "sentences": "task: tagging\ndata: {dataset: {tagged_jsonl: s.jsonl}, split: SPLIT}\n"
    + ONE_NET,
    "tokens": "task: tagging\ndata: {dataset: {tagged_csv: s.csv}, split: SPLIT}\n" + ONE_NET,
    "pairs": "task: seq2seq\n"
    "data:\n  dataset: {pairs: {path: t.csv, format: csv, source: text, target: label}}\n"
    "  split: SPLIT\n"
    f"model: {{encoder: {ONE_NET[7:]}, decoder: {ONE_NET[7:]}}}",
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rows in each kind of file; a text ends with its number."""
    monkeypatch.chdir(tmp_path)
    columns = ("text", "label", "group", "day")
    texts = [f"text {row}" for row in range(ROWS)]
    rows = list(zip(texts, LABELS, GROUPS, DAYS, strict=True))
    with open("t.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    Path("t.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    x = np.repeat(np.arange(ROWS, dtype=float)[:, None, None], 2, axis=1)
    np.savez("t.npz", x=x, y=np.array(LABELS), group=np.array(GROUPS), day=np.array(DAYS))
    with open("s.jsonl", "w", encoding="utf-8") as file:
        for record in records:
            tagged = {"tokens": record["text"].split(), "tags": ["X", record["label"]]}
            file.write(json.dumps(record | tagged) + "\n")
    with open("s.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Sentence #", "Word", "Tag", "group", "day"])
        for row in range(ROWS):
            writer.writerow([f"s{row}", "text", "X", GROUPS[row], DAYS[row]])
            writer.writerow(["", row, LABELS[row], "", ""])


def rows_of(kind: str, split: str) -> dict[str, list[int]]:
    """The rows of each part."""
    parts = parse_config(CONFIGS[kind].replace("SPLIT", split)).prepare(Source()).parts
    if kind == "pairs":
        return {
            part: [int(text.split()[1]) for text in rows.pairs.sources]
            for part, rows in parts.items()
        }
    return {
        part: [int(np.ravel(text)[-1]) if kind == "arrays" else _number(text) for text in texts]
        for part, rows in parts.items()
        if (texts := rows.examples.texts)
    }


def _number(text: str | tuple[str, ...]) -> int:
    return int((text.split() if isinstance(text, str) else text)[-1])


@pytest.mark.parametrize("kind", CONFIGS)
def test_split_by_group(kind: str) -> None:
    rows = rows_of(kind, "{validation: 0.25, group: group}")
    assert len(rows["validation"]) == 15
    held_out, trained = ({GROUPS[row] for row in rows[part]} for part in ("validation", "train"))
    assert not held_out & trained


@pytest.mark.parametrize("kind", CONFIGS)
def test_split_by_time(kind: str) -> None:
    rows = rows_of(kind, "{validation: 0.2, test: 0.1, time: day}")
    assert {part: len(of_part) for part, of_part in rows.items()} == {
        "train": 42,
        "validation": 12,
        "test": 6,
    }
    days = {part: sorted(DAYS[row] for row in of_part) for part, of_part in rows.items()}
    assert days["train"][-1] < days["validation"][0]
    assert days["validation"][-1] < days["test"][0]


@pytest.mark.parametrize("kind", CONFIGS)
def test_split_names_the_column_that_was_meant(kind: str) -> None:
    with pytest.raises(RnnkitError, match=r"grup.*Did you mean 'group'"):
        rows_of(kind, "{validation: 0.25, group: grup}")


def test_split_needs_a_data_set_with_columns() -> None:
    config = CONFIGS["table"].replace("{csv: t.csv}", "imdb")
    with pytest.raises(RnnkitError, match=r"data\.split\.group.*imdb"):
        parse_config(config.replace("SPLIT", "{group: group}"))
    parse_config(config.replace("SPLIT", "0.1"))


def test_a_part_without_a_label_is_said() -> None:
    Path("v.csv").write_text("text,label\ntext 1,a\n")
    config = CONFIGS["table"].replace("csv: t.csv", "csv: {path: t.csv, validation_path: v.csv}")
    notes = parse_config(config.replace("SPLIT", "0.1")).prepare(Source()).notes
    assert [note for note in notes if "validation has no text with b" in note]
