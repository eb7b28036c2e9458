"""A whole table answered row by row: what is added, in which order, and what is left when it goes
wrong.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.names import find_run
from rnnkit.tasks.answers import ANSWERED_AT_ONCE as CHUNK_ROWS
from rnnkit.workflows.predict import predict_files
from rnnkit.workflows.trained import load_trained
from tests.cli.invoke import done, invoke
from tests.helpers.classified import copied

TEXTS = [
    "the film was lovely",
    "dull",
    "a clever plan",
    "awful and boring",
    "nothing that it knows",
]


def predict_file(run: str, source: str, output: str, **options: Any) -> int:
    """How many rows are answered."""
    rows, files = predict_files(run, [source], output, **options)
    assert files == 1
    return rows


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> Path:
    """good or bad."""
    return copied("verdict", tmp_path_factory, runs)


@pytest.fixture
def moods(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> Path:
    """Any of joy, anger and fear; trained on a column Tweet."""
    return copied("moods", tmp_path_factory, runs)


def answers(folder: Path, texts: Sequence[str]) -> list[Any]:
    """What each text gets in a file."""
    predictor = load_trained(find_run(str(folder))).predictor
    queries = [predictor.query({"text": text}, "text") for text in texts]
    answered = zip(queries, predictor.predict(queries), strict=True)
    return [predictor.records(query, answer)[0] for query, answer in answered]


def records(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def write_texts(path: Path, texts: Sequence[str] = TEXTS) -> None:
    """The texts in a table of the path's kind, beside an id."""
    name = path.name.removesuffix(".gz")
    if name.endswith(".jsonl"):
        content = "".join(
            json.dumps({"id": index, "text": text}) + "\n" for index, text in enumerate(texts)
        )
    elif name.endswith(".txt"):
        content = "".join(f"{text}\n" for text in texts)
    else:
        mark = "\t" if name.endswith(".tsv") else ","
        content = f"id{mark}text\n" + "".join(
            f"{index}{mark}{text}\n" for index, text in enumerate(texts)
        )
    path.write_bytes(gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def agrees(found: Sequence[dict[str, Any]], folder: Path, texts: Sequence[str] = TEXTS) -> None:
    assert len(found) == len(texts)
    for row, answer in zip(found, answers(folder, texts), strict=True):
        assert row["label"] == answer["label"]
        assert float(row["probability"]) == pytest.approx(answer["probability"], abs=2e-6)


# What comes out.


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("in.csv", "out.tsv"),
        ("in.tsv", "out.jsonl"),
        ("in.jsonl", "out.csv"),
        ("in.txt", "out.csv"),
        ("in.csv.gz", "out.jsonl"),
        ("in.jsonl.gz", "out.tsv"),
    ],
)
def test_predict_file_converts_a_kind_of_table_to_another(
    source: str, output: str, run: Path, tmp_path: Path
) -> None:
    write_texts(tmp_path / source)
    assert predict_file(str(run), source, output) == len(TEXTS)
    found: list[dict[str, Any]]
    if output == "out.jsonl":
        found = [json.loads(line) for line in (tmp_path / output).read_text().splitlines()]
        assert isinstance(found[0]["probability"], float)
    else:
        found = records(tmp_path / output, "\t" if output == "out.tsv" else ",")
    own = ["text"] if source == "in.txt" else ["id", "text"]
    assert list(found[0]) == [*own, "label", "probability"]
    assert [row["text"] for row in found] == TEXTS
    agrees(found, run)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_predict_file_reads_standard_input_and_writes_standard_output(
    run: Path, tmp_path: Path
) -> None:
    result = done("predict", "--input", "-", stdin="".join(f"{text}\n" for text in TEXTS))
    agrees(list(csv.DictReader(result.stdout.splitlines())), run)
    assert result.stderr == "5 rows answered\n"
    write_texts(tmp_path / "in.tsv")
    result = done("predict", "--input", "in.tsv")
    assert result.stdout.startswith("id\ttext\tlabel\tprobability\n0\tthe film was lovely\tgood\t")
    assert (
        done("predict", "--input", "in.tsv", "-o", "out.csv").stderr
        == "5 rows answered, written to out.csv\n"
    )


def test_predict_file_keeps_a_label_column_and_adds_the_answer(run: Path, tmp_path: Path) -> None:
    write_csv(
        tmp_path / "in.csv",
        [["label", "text", "probability"], *(["mine", text, "1"] for text in TEXTS)],
    )
    predict_file(str(run), "in.csv", "out.csv")
    found = records(tmp_path / "out.csv")
    assert list(found[0]) == [
        "label",
        "text",
        "probability",
        "predicted_label",
        "predicted_probability",
    ]
    assert [(row["label"], row["probability"]) for row in found] == [("mine", "1")] * 5
    agrees(
        [
            {"label": row["predicted_label"], "probability": row["predicted_probability"]}
            for row in found
        ],
        run,
    )
    predict_file(str(run), "out.csv", "again.csv")  # once more: no column is lost
    again = records(tmp_path / "again.csv")
    assert list(again[0])[:5] == list(found[0])
    assert list(again[0])[5:] == ["predicted_predicted_label", "predicted_predicted_probability"]
    assert [list(row.values())[:5] for row in again] == [list(row.values()) for row in found]


def test_predict_file_distinguishes_answers_from_labels_of_some_rows(
    run: Path, tmp_path: Path
) -> None:
    lines = [{"text": "lovely"}, {"text": "dull", "label": "mine"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    predict_file(str(run), "in.jsonl", "out.jsonl")
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row.get("label") for row in found] == [None, "mine"]
    assert [row["predicted_label"] for row in found] == ["good", "bad"]
    many = [{"text": "lovely"}] * CHUNK_ROWS + lines
    (tmp_path / "late.jsonl").write_text("".join(json.dumps(line) + "\n" for line in many))
    with pytest.raises(
        RnnkitError,
        match=rf"late\.jsonl: row {CHUNK_ROWS + 2}.*'label'",
    ):
        predict_file(str(run), "late.jsonl", "late-out.jsonl")
    assert not (tmp_path / "late-out.jsonl").exists()


def test_predict_file_writes_several_labels_with_a_probability_each(
    moods: Path, tmp_path: Path
) -> None:
    write_csv(
        tmp_path / "in.csv",
        [["Tweet"], ["the film felt glad and afraid"], ["a mouse felt nothing"]],
    )
    predict_file(str(moods), "in.csv", "out.csv")
    found = records(tmp_path / "out.csv")
    assert list(found[0]) == [
        "Tweet",
        "label",
        "probability_anger",
        "probability_fear",
        "probability_joy",
    ]
    thresholds = json.loads((moods / "labels.json").read_text())["thresholds"]
    for row, expected in zip(found, answers(moods, [row["Tweet"] for row in found]), strict=True):
        assert row["label"] == expected["label"]
        over = [
            name
            for name, least in zip(("anger", "fear", "joy"), thresholds, strict=True)
            if float(row[f"probability_{name}"]) >= least
        ]
        assert row["label"] == "|".join(over)


def test_predict_file_preserves_quotes_line_ends_and_marks(run: Path, tmp_path: Path) -> None:
    odd = [
        'she said "lovely", twice',
        "two\nlines, dull",
        "\N{GRINNING FACE} naïve",
        " spaces ",
        "=1+1",
        "a;b",
    ]
    write_csv(
        tmp_path / "in.csv",
        [["text", "nr, \"'"], *([text, str(index)] for index, text in enumerate(odd))],
    )
    predict_file(str(run), "in.csv", "out.csv")
    assert [row["text"] for row in records(tmp_path / "out.csv")] == odd
    predict_file(str(run), "in.csv", "out.jsonl")
    assert [
        json.loads(line)["text"] for line in (tmp_path / "out.jsonl").read_text().splitlines()
    ] == odd


def test_predict_file_leaves_empty_texts_blank_and_names_them(
    run: Path, tmp_path: Path, said: list[str]
) -> None:
    write_csv(
        tmp_path / "in.csv",
        [["id", "text"], ["0", "lovely"], ["1", ""], ["2", "  "], ["3", "dull"]],
    )
    assert predict_file(str(run), "in.csv", "out.csv") == 2
    found = records(tmp_path / "out.csv")
    assert [row["id"] for row in found] == ["0", "1", "2", "3"]
    assert [row["label"] for row in found] == ["good", "", "", "bad"]
    assert [row["probability"] for row in found[1:3]] == ["", ""]
    assert said == ["in.csv: 2 rows are empty and not answered: row 3, 4"]


def test_predict_file_keeps_the_order_over_many_chunks(run: Path, tmp_path: Path) -> None:
    texts = [
        f"{index} " + "the film " * (index * 7 % 11) + ("lovely" if index % 3 else "dull")
        for index in range(CHUNK_ROWS * 2 + 100)
    ]
    write_texts(tmp_path / "in.csv", texts)
    assert predict_file(str(run), "in.csv", "out.csv") == len(texts)
    found = records(tmp_path / "out.csv")
    assert [row["text"] for row in found] == texts
    for index in (0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, len(texts) - 1):
        agrees([found[index]], run, [texts[index]])


def test_predict_file_reads_another_column(run: Path, tmp_path: Path) -> None:
    write_csv(tmp_path / "in.csv", [["text", "review"], *(["x", text] for text in TEXTS)])
    predict_file(str(run), "in.csv", "out.csv", column="review")
    agrees(records(tmp_path / "out.csv"), run)


def test_predict_file_reads_as_its_keys_say_and_writes_so(run: Path, tmp_path: Path) -> None:
    texts = ["was lovely; caf\u00e9", 'the "dull" film\u2019s']
    lines = [
        "id;text",
        *(f'{index};"{text.replace(chr(34), chr(34) * 2)}"' for index, text in enumerate(texts)),
    ]
    (tmp_path / "in.csv").write_text("\n".join(lines), encoding="cp1252")
    keys: list[str] = []
    for _ in range(2):  # the encoding, then the separator
        result = invoke("predict", "--input", "in.csv", *keys)
        assert result.exit_code == 2, result.output
        keys += shlex.split(re.findall("`(.+?=.+?)`", result.stderr)[0])
    assert [key.partition("=")[0] for key in keys] == ["encoding", "separator"]
    done("predict", "--input", "in.csv", "-o", "out.csv", *keys)
    done("predict", "--input", "out.csv", "-o", "again.jsonl", *keys)
    found = [
        json.loads(line) for line in (tmp_path / "again.jsonl").read_text("utf-8").splitlines()
    ]
    assert [row["text"] for row in found] == texts
    assert [row["label"] for row in found] == [row["predicted_label"] for row in found]
    result = invoke("predict", "--text", "x", *keys)
    assert (result.exit_code, "--input" in result.stderr) == (2, True)
    result = invoke("predict", "--input", "in.csv", "separate=x")
    assert (result.exit_code, "separator" in result.stderr) == (2, True)


def test_predict_file_names_the_option_for_the_column(run: Path, tmp_path: Path) -> None:
    write_csv(tmp_path / "in.csv", [["id", "review"], ["1", "lovely film"]])
    result = invoke("predict", "--input", "in.csv")
    assert "`--column=review`" in result.stderr
    assert "lovely" in done("predict", "--input", "in.csv", "--column", "review").stdout


def test_predict_file_answers_a_row_of_a_megabyte(run: Path, tmp_path: Path) -> None:
    write_texts(tmp_path / "in.csv", ["lovely", f"{'x' * 90} was dull " * 9_900, "dull"])
    assert predict_file(str(run), "in.csv", "out.csv") == 3
    assert (tmp_path / "out.csv").stat().st_size > 990_000
    csv.field_size_limit(20_000_000)
    assert [row["label"] for row in records(tmp_path / "out.csv")] == ["good", "bad", "bad"]


# Nothing half-written.


def test_predict_file_overwrites_only_with_overwrite(run: Path, tmp_path: Path) -> None:
    write_texts(tmp_path / "in.csv")
    (tmp_path / "out.csv").write_text("mine")
    result = invoke("predict", "--input", "in.csv", "--output", "out.csv")
    assert result.exit_code == 2
    assert (
        result.stderr
        == "Error: --output: out.csv exists already. Name another file, or add --overwrite.\n"
    )
    assert (tmp_path / "out.csv").read_text() == "mine"
    done("predict", "--input", "in.csv", "--output", "out.csv", "--overwrite")
    agrees(records(tmp_path / "out.csv"), run)
    done("predict", "--input", "in.csv", "--output", "in.csv", "--overwrite")  # onto itself
    agrees(records(tmp_path / "in.csv"), run)


BAD_END: dict[str, tuple[bytes, str]] = {
    "bytes": (b"9,caf\xe9\n", f"in.csv:{CHUNK_ROWS + 3}: byte 6 of the line (0xe9) is not UTF-8"),
    "fields": (b"9,a,b\n", f"row {CHUNK_ROWS + 3} has 3 fields where the first has 2"),
    "quote": (b'9,"open\n', "a quote is opened in row "),
}


@pytest.mark.parametrize("kind", BAD_END)
@pytest.mark.parametrize("before", ["mine", None])
def test_predict_file_keeps_the_output_when_the_input_turns_bad(
    kind: str, before: str | None, run: Path, tmp_path: Path
) -> None:
    end, said = BAD_END[kind]
    (tmp_path / "in.csv").write_bytes(b"id,text\n" + b"1,lovely\n" * (CHUNK_ROWS + 1) + end)
    if before:
        (tmp_path / "out.csv").write_text(before)
    result = invoke("predict", "--input", "in.csv", "--output", "out.csv", "--overwrite")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert names(tmp_path) == ["in.csv", *(["out.csv"] if before else []), "runs"]
    assert not before or (tmp_path / "out.csv").read_text() == before


# nohup and the like have Ctrl-C ignored, which a child would inherit.
LISTENING = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable,"
    " [sys.executable, *sys.argv[1:]])"
)


def written_in_part(folder: Path) -> bool:
    return any(path.stat().st_size > 0 for path in folder.glob(".out.csv.*"))


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, marks=pytest.mark.soak),
        signal.SIGTERM,
        signal.SIGKILL,
    ],
)
def test_predict_file_leaves_no_output_when_stopped(
    number: signal.Signals, run: Path, tmp_path: Path
) -> None:
    """It has answered a part and waits for the rest of a pipe, which never comes."""
    command = [
        sys.executable,
        "-c",
        LISTENING,
        "-m",
        "rnnkit",
        "predict",
        str(run),
        "--input",
        "-",
        "-o",
        "out.csv",
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stderr
    process.stdin.write("a lovely film\n" * (CHUNK_ROWS + 5000))
    process.stdin.flush()
    end = time.monotonic() + 120
    while not written_in_part(tmp_path) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert written_in_part(tmp_path)
    process.send_signal(number)
    said = process.stderr.read()
    assert process.wait(60) == (-number if number == signal.SIGKILL else 128 + number)
    process.stdin.close()
    process.stderr.close()
    assert not (tmp_path / "out.csv").exists()
    assert "Traceback" not in said
    if number != signal.SIGKILL:
        assert names(tmp_path) == ["runs"]  # no temporary file either


# A file larger than memory.

MEASURED = """\
import resource, sys
from rnnkit.cli import main
for name in ("small", "large"):
    files = ["--input", f"{name}.csv", "-o", f"{name}-answers.csv"]
    main(["predict", sys.argv[1], *files], standalone_mode=False)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
# KiB; the rows themselves, kept as Python has them, take twice as much
MOST_GROWTH = 30 * 1024


def test_predict_file_memory_does_not_grow_with_the_file(run: Path, tmp_path: Path) -> None:
    line = "17,the film was lovely and a mouse was rather dull\n"
    for name, rows in (("small", CHUNK_ROWS), ("large", 10 * CHUNK_ROWS)):
        (tmp_path / f"{name}.csv").write_text("id,text\n" + line * rows)
    command = [sys.executable, "-c", MEASURED, str(run)]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    small, large = map(int, process.stdout.split())
    assert large - small < MOST_GROWTH
    with open(tmp_path / "large-answers.csv", "rb") as file:
        assert sum(1 for _ in file) == 10 * CHUNK_ROWS + 1


# What is refused, before anything is written.


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--input", "nosuch.csv"], "--input: no such file: 'nosuch.csv'"),
        (
            ["--input", "in.cvs"],
            "--input: no such file: 'in.cvs'. Expected a file to answer, or a folder of them. Did",
        ),
        (
            ["--input", "runs", "-o", "all.csv"],
            "--input: no file in 'runs' that the run reads. Expected .csv, ",
        ),
        (["--input", "in.xlsx"], "--input: in.xlsx: unknown "),
        (["--input", "in.csv", "-o", "out.xlsx"], "--output: out.xlsx: unknown "),
        (
            ["--input", "in.csv", "-o", "out.txt"],
            "--output: out.txt: unknown kind of file '.txt'",
        ),
        (
            ["--input", "in.csv", "-o", "out.csv.gz"],
            "--output: out.csv.gz: a compressed file",
        ),
        (
            ["--input", "in.csv", "-o", "nosuch/out.csv"],
            "--output: nosuch/out.csv cannot be written: no folder 'nosuch'",
        ),
        (
            ["--input", "in.csv", "-o", "folder.csv", "--overwrite"],
            "--output: folder.csv is a directory. Expected a file",
        ),
        (
            ["--input", "in.csv", "--column", "txt"],
            "no column 'txt' in in.csv. It has: 'id', 'text'. Did you mean 'text'?",
        ),
        (["--input", "numbers.jsonl"], "--input: numbers.jsonl: row 1: text is 3. Expected text"),
        (["--input", "keyless.jsonl"], "--input: no column 'text' in keyless.jsonl: row 2"),
        (
            ["--input", "list.jsonl"],
            "--input: list.jsonl: row 1: this file is one array",
        ),
        (["--input", "prose.jsonl"], "--input: prose.jsonl: row 1: not JSON"),
        (["--input", "empty.csv"], "--input: empty.csv is empty"),
        (["--input", "empty.txt", "-o", "out.csv"], "--input: empty.txt has no rows"),
        (
            ["--input", "header.csv", "-o", "out.csv"],
            "--input: header.csv has no rows. Expected at least one",
        ),
        (["--input", "broken.csv.gz"], "--input: broken.csv.gz cannot be read"),
        (["--input", "in.csv", "--text", "x"], "Expected one of --text and --input."),
        ([], "Expected one of --text and --input."),
        (["--input", "in.csv", "--top", "3"], "--top goes with --text only."),
        (["--input", "in.csv", "--json"], "--json goes with --text only."),
        (
            ["--text", "x", "-o", "out.csv"],
            "--output goes with --input only.",
        ),
        (
            ["--text", "x", "--overwrite"],
            "--overwrite goes with --output",
        ),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, list) else "",
)
def test_predict_file_refuses_what_cannot_be_answered(
    arguments: list[str], said: str, run: Path, tmp_path: Path
) -> None:
    write_texts(tmp_path / "in.csv")
    write_texts(tmp_path / "in.xlsx")
    (tmp_path / "folder.csv").mkdir()
    for name, content in {
        "numbers.jsonl": '{"text": 3}\n',
        "keyless.jsonl": '{"text": "a"}\n{"txt": "b"}\n',
        "list.jsonl": "[1]\n",
        "prose.jsonl": "what a film\n",
        "empty.csv": "",
        "empty.txt": "",
        "header.csv": "text\n",
        "broken.csv.gz": "no gzip",
    }.items():
        (tmp_path / name).write_text(content)
    before = names(tmp_path)
    result = invoke("predict", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert names(tmp_path) == before


def test_predict_file_refuses_a_run_that_answers_no_files(fable_run: Path, tmp_path: Path) -> None:
    write_texts(tmp_path / "in.csv")
    for arguments in (("in.csv", "-o", "out.csv"), (".",)):  # a folder has no standard output
        result = invoke("predict", fable_run, "--input", *arguments)
        assert result.exit_code == 2
        assert "a language_model run. Expected a run that answers files" in result.stderr
    assert names(tmp_path) == ["in.csv"]


def test_predict_file_refuses_closed_standard_input(run: Path) -> None:
    command = ["sh", "-c", 'exec "$0" -m rnnkit predict --input - <&-', sys.executable]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "Error: standard input: closed. Expected a text on each line. Name a file, or give them by"
        " a pipe.\n"
    )


# A single text.


def test_predict_answers_a_single_text(run: Path, moods: Path) -> None:
    lines = done("predict", run, "--text", "what a lovely film").stdout.splitlines()
    assert lines[0].split() == ["label", "probability"]
    assert [line.split()[0] for line in lines[1:]] == ["good", "bad"]
    result = done("predict", run, "--text", "what a lovely film", "--json", "--top", "1")
    (best,) = json.loads(result.stdout)
    assert best["label"] == "good"
    assert best["probability"] > 0.9
    assert result.stderr == "--text: out of vocabulary, read as <unk>: 'what'\n"
    assert done("predict", moods, "--text", "a mouse felt glad").stdout.splitlines()[0].split() == [
        "label",
        "probability",
        "threshold",
        "given",
    ]


def test_predict_warns_of_a_text_longer_than_the_model_reads(moods: Path) -> None:
    result = done("predict", moods, "--text", "the film felt glad " * 5)
    assert "--text: 20 tokens" in result.stderr


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_predict_refuses_a_text_without_words(text: str, run: Path) -> None:
    result = invoke("predict", "--text", text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: --text: nothing to read in ")


def test_predict_file_reports_progress_on_a_long_file(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    monkeypatch.setattr("rnnkit.progress.SECONDS_BETWEEN_LINES", -1)
    write_texts(tmp_path / "in.csv", ["lovely"] * (CHUNK_ROWS + 1))
    predict_file(str(run), "in.csv", "out.csv")
    assert re.fullmatch(r"8,19\d rows, \d+ % of the file, [\d,]+ s left", said[0])
