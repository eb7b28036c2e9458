"""The user's own tables: the `csv`, `tsv` and `jsonl` data sets."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.table import Csv, JsonLines, Tsv
from rnnkit.data.formats.csv import Csv as CsvFormat
from rnnkit.errors import RnnkitError

ROWS = [("a fine film", "good"), ("a bad film", "bad"), ('it was "so, so"', "bad")]


def save(name: str, rows: list[tuple[str, str]]) -> str:
    if name.endswith(".jsonl"):
        lines = [json.dumps({"text": text, "label": label}) for text, label in rows]
    elif name.endswith(".tsv"):
        lines = ["text\tlabel", *(f"{text}\t{label}" for text, label in rows)]
    else:
        lines = [
            "text,label",
            *('"{}",{}'.format(text.replace('"', '""'), label) for text, label in rows),
        ]
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def config(dataset: dict[str, Any]) -> Any:
    return parse_config(
        {
            "task": "classification",
            "data": {"dataset": dataset},
            "model": {"embedding": 4, "layers": [{"lstm": 4}]},
        }
    )


@pytest.mark.parametrize("spec", [Csv, Tsv, JsonLines])
def test_table_load_gives_texts_and_labels(spec: type[Csv | Tsv | JsonLines]) -> None:
    path = save(f"in.{spec.kind}", ROWS)
    dataset = spec(path=path)
    (part, examples), *others = dataset.load().parts.items()
    assert (part, others) == ("train", [])
    assert list(zip(examples.texts, (label for (label,) in examples.labels), strict=True)) == ROWS
    assert examples.place(2) == f"{path}: row {3 if spec is JsonLines else 4}"
    assert not dataset.several
    assert dataset.fetch() == path
    assert dataset.read(path).parts["data"].texts == examples.texts


def test_table_accepts_the_short_form_in_a_config() -> None:
    assert config({"csv": "in.csv"}).data.dataset == Csv(path="in.csv")
    assert config(
        {"tsv": {"path": "in.tsv", "text": "Tweet", "label": ["a", "b"]}}
    ).data.dataset.several


def test_csv_load_reads_a_file_for_each_part() -> None:
    for part, rows in {"a": ROWS, "b": ROWS[:1], "c": ROWS[1:]}.items():
        save(f"{part}.csv", rows)
    parts = Csv(path="a.csv", validation_path="b.csv", test_path="c.csv").load().parts
    assert {part: len(examples) for part, examples in parts.items()} == {
        "train": 3,
        "validation": 1,
        "test": 2,
    }
    assert list(Csv(path="a.csv", test_path="c.csv").load().parts) == ["train", "test"]


@pytest.mark.parametrize("key", ["path", "validation_path", "test_path"])
def test_csv_load_names_a_missing_file_and_its_key(key: str) -> None:
    paths: dict[str, Any] = {"path": save("in.csv", ROWS), key: "none.csv"}
    with pytest.raises(
        RnnkitError,
        match=rf"data\.dataset\.csv\.{key}: no such file: 'none\.csv'\. Expected a CSV file",
    ):
        Csv(**paths).load()


def test_csv_load_reads_gzip_below_rnnkit_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in.csv.gz").write_bytes(gzip.compress(b"text,label\na,1\n"))
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path / "data"))
    assert Csv(path="in.csv.gz").load().parts["train"].texts == ["a"]


def test_csv_load_by_column_number_without_a_header() -> None:
    Path("in.csv").write_text("1,a,x\n0,b,y\n", encoding="utf-8")
    dataset = Csv(path="in.csv", text=1, label=0, header=False)
    assert dataset.load().parts["train"].labels == [("1",), ("0",)]
    assert dataset.text_columns == ("1",)
    assert dataset.own_format() == CsvFormat(header=False)
    marked = Csv(path="in.csv", text=1, label=[0], header=False)
    assert marked.load().parts["train"].labels == [("0",), ()]


JOINED = "title,body,label\nA film,so fine,good\nA play,so dull,bad\nMore,,bad\n"


def test_csv_load_joins_columns_of_text_and_says_so() -> None:
    Path("in.csv").write_text(JOINED, encoding="utf-8")
    dataset = Csv(path="in.csv", text=["title", "body"], text_separator=": ")
    loaded = dataset.load()
    assert loaded.parts["train"].texts == ["A film: so fine", "A play: so dull", "More"]
    (note,) = loaded.notes
    assert "'title' and 'body'" in note
    assert "': '" in note
    assert dataset.read("in.csv").parts["data"].texts == loaded.parts["train"].texts


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"text": []}, r"csv\.text: .*empty"),
        ({"text": ["a", "a"]}, r"csv\.text: .*twice"),
        ({"text": ["a", "label"]}, r"csv\.label: 'label' is also the column of the text"),
        ({"text_separator": ": "}, r"csv\.text_separator: .*`text`"),
    ],
)
def test_table_refuses_columns_of_text_that_do_not_fit(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        config({"csv": {"path": "in.csv", **keys}})


def test_tsv_load_reads_quotes_as_characters() -> None:
    Path("in.tsv").write_text('text\tlabel\n"a\t1\nb"\t0\n', encoding="utf-8")
    assert Tsv(path="in.tsv").load().parts["train"].texts == ['"a', 'b"']
    assert Tsv(path="in.tsv", quotes=True, text="text", label="label").load().parts[
        "train"
    ].texts == ["a\t1\nb"]


def test_csv_load_decodes_another_encoding() -> None:
    Path("in.csv").write_bytes("text,label\nété,1\n".encode("utf-16"))
    dataset = Csv(path="in.csv", encoding="utf-16")
    assert dataset.load().parts["train"].texts == ["été"]
    with pytest.raises(
        RnnkitError,
        match=r"data\.dataset\.csv\.path: in\.csv:1: byte 1 of the line \(0xff\) is not UTF-8",
    ):
        Csv(path="in.csv").load()


def test_csv_load_notes_the_omitted_rows_of_each_part() -> None:
    save("a.csv", [*ROWS, ("", "good")])
    save("b.csv", [("x", ""), *ROWS])
    assert Csv(path="a.csv", test_path="b.csv").load().notes == [
        "a.csv: 1 row with an empty text left out: row 5",
        "b.csv: 1 row with no label left out: row 2",
    ]


def test_csv_load_reads_several_labels() -> None:
    Path("in.csv").write_text("text,label,x,y\na,p;q,1,0\nb,,0,0\n", encoding="utf-8")
    assert Csv(path="in.csv", multi_label=True, label_delimiter=";").load().parts[
        "train"
    ].labels == [("p", "q"), ()]
    assert Csv(path="in.csv", label=["x", "y"]).load().parts["train"].labels == [("x",), ()]
    assert Csv(path="in.csv", label=["x"]).several
    # Without `multi_label`, the very same cell is one label.
    assert Csv(path="in.csv").load().parts["train"].labels == [("p;q",)]


def test_csv_load_splits_fields_at_semicolons() -> None:
    Path("in.csv").write_text('text;label\n1,5 Sterne;bad\n"a;b";good\n', encoding="utf-8")
    part = Csv(path="in.csv", separator=";").load().parts["train"]
    assert (part.texts, part.labels) == (["1,5 Sterne", "a;b"], [("bad",), ("good",)])
    Path("in.csv").write_text("text;label\na;good\n", encoding="utf-8")
    with pytest.raises(
        RnnkitError,
        match=r"no column 'text' in in\.csv.*separator: ';'",
    ):
        Csv(path="in.csv").load()


def test_csv_read_chooses_the_format_by_suffix() -> None:
    """Of a run that was trained on CSV; .txt and an unknown suffix say nothing."""
    Path("more.jsonl").write_text('{"text": "a", "label": "x"}\n', encoding="utf-8")
    Path("more.tsv").write_text("text\tlabel\na\tx\n", encoding="utf-8")
    for name in ("more.txt", "more.data"):
        Path(name).write_text("text,label\na,x\n", encoding="utf-8")
    for name in ("more.jsonl", "more.tsv", "more.txt", "more.data"):
        assert Csv(path="in.csv").read(name).parts["data"].labels == [("x",)]


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (
            {"path": "a", "text": "label"},
            "data.dataset.csv.label: 'label' is also the column of the text",
        ),
        (
            {"path": "a", "label": ["x", "text"]},
            "data.dataset.csv.label: 'text' is also the column of the text",
        ),
        ({"path": "a", "label": []}, "data.dataset.csv.label: an empty list"),
        ({"path": "a", "label": ["x", "y", "x"]}, "data.dataset.csv.label: 'x' twice"),
        ({"path": "a", "label_delimiter": ""}, "data.dataset.csv.label_delimiter"),
        (
            {"path": "a", "label_delimiter": ";"},
            (
                "data.dataset.csv.label_delimiter: set, but a text has one label. Expected"
                " `data.dataset.csv.multi_label: true`"
            ),
        ),
        (
            {"path": "a", "text": "x", "features": ["x"]},
            "data.dataset.csv.features: 'x' is also the column of the text",
        ),
        ({"path": "a", "features": []}, "data.dataset.csv.features: an empty list"),
        ({"path": "a", "labels": "x"}, "Did you mean 'label'"),
        ({}, "data.dataset.csv"),
        ({"path": 7}, "data.dataset.csv.path"),
    ],
)
def test_csv_refuses_wrong_options(dataset: dict[str, Any], message: str) -> None:
    with pytest.raises(RnnkitError) as caught:
        config({"csv": dataset})
    assert message in str(caught.value)


def test_json_lines_has_neither_header_nor_quotes() -> None:
    with pytest.raises(RnnkitError, match="header"):
        config({"jsonl": {"path": "a", "header": False}})


def test_tsv_load_reads_the_real_emotions(shared_data: Path) -> None:
    emotions = [
        "anger",
        "anticipation",
        "disgust",
        "fear",
        "joy",
        "love",
        "optimism",
        "pessimism",
        "sadness",
        "surprise",
        "trust",
    ]
    folder = shared_data / "semeval2018_ec"
    dataset = Tsv(
        path=str(folder / "2018-E-c-En-train.txt"),
        validation_path=str(folder / "2018-E-c-En-dev.txt"),
        text="Tweet",
        label=list(emotions),
    )
    found = dataset.load()
    assert {part: len(examples) for part, examples in found.parts.items()} == {
        "train": 6838,
        "validation": 886,
    }
    assert found.notes == []
    assert {name for label in found.parts["train"].labels for name in label} == set(emotions)
    assert not any("\r" in name for label in found.parts["train"].labels for name in label)
