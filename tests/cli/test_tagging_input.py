"""Tagging from the command line: answers to texts, files and arrays, and files that are not what
they should be.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.invoke import done, invoke
from tests.helpers.tagged import arrays, copied, trained

CONFIG = """\
task: {task}
data: {{dataset: {dataset}, split: 0.25}}
model: {{embedding: {embedding}, layers: [simple_rnn: 2]}}
train: {{epochs: 1}}
"""

Refused = Callable[..., None]


@pytest.fixture
def names(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> Path:
    return copied("names", tmp_path_factory, runs)


@pytest.fixture
def steps(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> Path:
    return copied("steps", tmp_path_factory, runs)


@pytest.fixture
def sequences(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> Path:
    return copied("sequences", tmp_path_factory, runs)


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """Checks that training on the data set is refused with a line of `words`, and that no run is
    there.
    """

    def check(dataset: str, *words: str, task: str = "tagging", embedding: object = 2) -> None:
        (tmp_path / "c.yaml").write_text(
            CONFIG.format(task=task, dataset=dataset, embedding=embedding),
            encoding="utf-8",
        )
        result = invoke("train", "c.yaml")
        assert (result.exit_code, result.stdout) == (2, ""), result.stderr
        # the share of the config does nothing where the data set has that part of its own
        lines = [line for line in result.stderr.splitlines() if "has no effect" not in line]
        assert len(lines) == 1 and lines[0].startswith("Error: "), result.stderr
        assert all(word in result.stderr for word in words), (words, result.stderr)
        assert not (tmp_path / "runs").exists()

    return check


def refused_answer(*arguments: object) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    return result.stderr


def write(name: str, content: str) -> str:
    Path(name).write_text(content, encoding="utf-8")
    return name


GOOD = "\n\n".join(f"word{index}\tNOUN\nruns\tVERB" for index in range(8)) + "\n"


# Answers.


def test_predict_tags_a_text(names: Path) -> None:
    table = done("predict", names, "--text", "Anna Smith left Rome.").stdout.splitlines()
    assert [line.split()[:2] for line in table] == [
        ["token", "tag"],
        ["Anna", "B-PER"],
        ["Smith", "I-PER"],
        ["left", "O"],
        ["Rome", "B-LOC"],
        [".", "O"],
    ]
    assert "\x1b" not in "".join(table)
    rows = json.loads(done("predict", names, "--text", "Anna Smith left Rome.", "--json").stdout)
    assert [row["tag"] for row in rows] == ["B-PER", "I-PER", "O", "B-LOC", "O"]
    assert "--text: " in refused_answer("predict", names, "--text", " ")


def test_predict_colours_tags_on_a_terminal(names: Path) -> None:
    from click.testing import CliRunner

    from rnnkit.cli import main

    arguments = ["predict", str(names), "--text", "Anna Smith left Rome"]
    lines = CliRunner().invoke(main, arguments, color=True).stdout.splitlines()
    coloured = {
        line.replace("\x1b[", " \x1b[").split("m", 1)[-1].split()[0]: line[: line.index("m")]
        for line in lines
        if "\x1b[3" in line
    }
    assert set(coloured) == {"Anna", "Smith", "Rome"}
    assert coloured["Anna"] == coloured["Smith"] != coloured["Rome"]


TEXT = "Anna Smith left Rome.\nthe mouse lives in Rome\n"
TAGGED = "Anna\tB-PER\nSmith\tI-PER\nleft\tO\nRome\tB-LOC\n.\tO\n\nthe\tO\nmouse\tO\nlives\tO\nin\tO\nRome\tB-LOC\n\n"  # noqa: E501


def test_predict_reads_sentences_in_every_format(names: Path) -> None:
    def answered(source: str, stdin: str | None = None) -> str:
        return done("predict", names, "--input", source, stdin=stdin).stdout

    tokens = "".join(f"{line.split(chr(9))[0]}\n" for line in TAGGED.splitlines())
    assert answered(write("in.txt", TEXT)) == TAGGED
    assert answered("-", stdin=TEXT) == TAGGED
    assert answered(write("one.conll", tokens)) == TAGGED
    assert answered(write("in.testb", tokens)) == TAGGED  # columns, whatever the file is called
    assert answered(write("in.tsv", TAGGED.replace("B-", "X-"))) == TAGGED  # tags are not looked at
    with gzip.open("in.txt.gz", "wt", encoding="utf-8") as file:
        file.write(TEXT)
    assert answered("in.txt.gz") == TAGGED
    words = "".join(f"{i}\t{form}" + "\t_" * 8 + "\n" for i, form in ((1, "Anna"), (2, "left")))
    joined = "# text\n1-2\tAnnaleft" + "\t_" * 8 + "\n"
    assert answered(write("in.conllu", joined + words)) == "# text\nAnna\tB-PER\nleft\tO\n\n"
    table = "Sentence #,Word\nS: 1,Anna\n,left\nS: 2,Rome\n"
    tagged = "Sentence #,Word,Tag\nS: 1,Anna,B-PER\n,left,O\nS: 2,Rome,B-LOC\n"
    write("in.csv", table)
    done("predict", names, "--input", "in.csv", "-o", "out.csv")
    assert Path("out.csv").read_text(encoding="utf-8") == tagged


def test_predict_keeps_empty_sentences_other_keys_and_long_documents(names: Path) -> None:
    ids = [
        {"id": 1, "tokens": ["Anna"]},
        {"id": 2, "tokens": []},
        {"id": 3, "text": "Rome . " * 600},
    ]
    write("in.jsonl", "".join(json.dumps(row) + "\n" for row in ids))
    result = done("predict", names, "--input", "in.jsonl", "-o", "out.jsonl")
    assert "row 2" in result.stderr
    assert "overlapping windows" in result.stderr
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], len(row["tags"])) for row in rows] == [(1, 1), (2, 0), (3, 1200)]
    write("in.txt", "Anna left\n\nRome\n")
    result = done("predict", names, "--input", "in.txt")
    assert "row 2" in result.stderr
    assert result.stdout == "Anna\tB-PER\nleft\tO\n\n\nRome\tB-LOC\n\n"
    done("predict", names, "--input", "in.jsonl", "-o", "out.conll")
    assert (
        Path("out.conll")
        .read_text(encoding="utf-8")
        .startswith("# id = 1\nAnna\tB-PER\n\n# id = 2\n\n# id = 3\nRome\t")
    )


def test_predict_writes_sentences_in_every_format(names: Path) -> None:
    write("in.txt", TEXT)
    done("predict", names, "--input", "in.txt", "-o", "out.conll")
    assert Path("out.conll").read_text(encoding="utf-8") == TAGGED
    done("predict", names, "--input", "in.txt", "-o", "out.tsv")
    assert Path("out.tsv").read_text(encoding="utf-8") == TAGGED
    done("predict", names, "--input", "in.txt", "-o", "out.jsonl")
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows[0] == {
        "tokens": ["Anna", "Smith", "left", "Rome", "."],
        "tags": ["B-PER", "I-PER", "O", "B-LOC", "O"],
    }
    assert done("predict", names, "--input", "out.jsonl").stdout == TAGGED
    done("predict", names, "--input", "in.txt", "-o", "out.conllu")
    assert done("predict", names, "--input", "out.conllu").stdout == TAGGED


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("ragged.conll", "a\tO\n\nAnna\tO\nleft\n", ("ragged.conll:4: ", "line 1 has 2")),
        ("t.csv", "text\na\n", ("'Sentence #' in t.csv", "'text'", ".txt")),
        ("words.jsonl", '{"tokens": "Anna left"}\n', ("words.jsonl: row 1: ", "str")),
    ],
)
def test_predict_refuses_a_file(
    names: Path, name: str, content: str, words: tuple[str, ...]
) -> None:
    write(name, content)
    message = refused_answer("predict", names, "--input", name, "-o", "out.conll")
    assert message.startswith("Error: --input: ")
    assert all(word in message for word in words), message
    assert not Path("out.conll").exists()
    assert not list(Path().glob(".out*"))


def test_predict_refuses_an_output(names: Path) -> None:
    write("in.txt", TEXT)
    asked = ["predict", names, "--input", "in.txt"]
    message = refused_answer(*asked, "-o", "out.npz")
    assert message.startswith("Error: --output: out.npz: ")
    assert ".conll" in message
    assert "--column: " in refused_answer(*asked, "--column", "a")
    write("out.conll", "mine")
    assert "--overwrite" in refused_answer(*asked, "-o", "out.conll")


def test_predict_imports_no_framework(names: Path) -> None:
    write("in.txt", TEXT)
    code = (
        "import sys; from rnnkit.cli import main; "
        "[main(['predict', sys.argv[1], *question], standalone_mode=False)"
        " for question in (['--text', 'Anna left'], ['--input', 'in.txt'])]; "
        "assert not {'keras', 'tensorflow', 'jax', 'sklearn', 'pandas'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, str(names)]
    subprocess.run(command, check=True, capture_output=True)


def test_predict_tags_steps_of_an_archive(steps: Path) -> None:
    x, on = arrays()
    np.savez("new.npz", x=x[:2])
    lines = done("predict", steps, "--input", "new.npz").stdout.splitlines()
    header, *rows = [line.split(",") for line in lines]
    assert header == ["sample", "step", "tag", "probability"]
    assert [row[:2] for row in rows] == [
        [str(sample), str(step)] for sample in range(2) for step in range(10)
    ]
    right = [row[2] == ("off", "on")[on[int(row[0]), int(row[1])]] for row in rows]
    assert sum(right) >= 16
    done("predict", steps, "--input", "new.npz", "-o", "out.jsonl")
    written = Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["sample"] for line in written] == [0] * 10 + [1] * 10


def test_predict_labels_sequences_of_an_archive(sequences: Path) -> None:
    np.savez("new.npz", x=arrays()[0][:2])
    done("predict", sequences, "--input", "new.npz", "-o", "out.jsonl")
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["sample"] for row in rows] == [0, 1]
    assert {row["label"] for row in rows} <= {"0", "1"}
    shown = json.loads(done("predict", sequences, "--text", "1 5, 1 5", "--json").stdout)
    assert sum(row["probability"] for row in shown) == pytest.approx(1)


def test_predict_refuses_arrays_of_another_shape(steps: Path, sequences: Path) -> None:
    np.savez("wrong.npz", x=arrays()[0][:2, :, :1])
    write("t.csv", "a\n")
    for run in (steps, sequences):
        for arguments, words in (
            (["--input", "wrong.npz"], ("--input: wrong.npz: x[0]", "1 feature ", "Expected 2")),
            (["--input", "t.csv"], ("--input: t.csv: ", ".npz")),
            (["--text", "1 2 3"], ("--text: 3 numbers", "2 for each step")),
        ):
            message = refused_answer("predict", run, *arguments)
            assert all(word in message for word in words), message


# Files that are not what they should be.


@pytest.mark.parametrize(
    ("files", "dataset", "words"),
    [
        (
            {"t.tsv": GOOD + "\nlast\n"},
            "{conll: t.tsv}",
            ("data.dataset.conll.path: t.tsv:25: 1 column", "line 1 has 2"),
        ),
        ({"t.tsv": "\n"}, "{conll: t.tsv}", ("data.dataset.conll.path: t.tsv", "sentence")),
        ({}, "{conll: none.tsv}", ("data.dataset.conll.path: ", "'none.tsv'")),
        (
            {"t.tsv": GOOD, "v.tsv": "x\tNOUN\n\nthe\tDET\n"},
            "{conll: {path: t.tsv, validation_path: v.tsv}}",
            ("v.tsv:3: step 1", "'DET'", "NOUN, VERB"),
        ),
        (
            {"t.tsv": GOOD + "\n" + "a\tNOUN\n" * 1001},
            "{conll: t.tsv}",
            ("t.tsv:25: ", "1,001 tokens", "blank line"),
        ),
        ({"t.tsv": "a\tX\n\nb\tY\n"}, "{conll: t.tsv}", ("data.split: 2 texts", "validation")),
    ],
    ids=["ragged", "empty", "missing", "unknown tag", "a long sentence", "an empty part"],
)
def test_train_refuses_sentences(
    refused: Refused, files: dict[str, str], dataset: str, words: tuple[str, ...]
) -> None:
    for name, content in files.items():
        write(name, content)
    refused(dataset, *words)


def test_train_refuses_arrays_of_the_other_task(refused: Refused) -> None:
    x, on = arrays()
    np.savez("a.npz", x=x, y=on[:, 0])
    place = "data.dataset.arrays.path: a.npz"
    refused("{arrays: a.npz}", place, "`task: classification`", embedding="none")
    np.savez("a.npz", x=x, y=on)
    refused("{arrays: a.npz}", place, "`task: tagging`", task="classification", embedding="none")


def test_evaluate_scores_another_file_and_names_its_unknown_tag(
    names: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(trained("names", tmp_path_factory).parent))
    write("new.tsv", "Anna\tB-PER\nleft\tO\n")
    (evaluation,) = json.loads(done("evaluate", names, "--data", "new.tsv", "--json").stdout)
    assert evaluation["rows"][0]["scores"]["tokens"] == 2
    write("new.tsv", "Anna\tB-CAT\n")
    message = refused_answer("evaluate", names, "--data", "new.tsv")
    assert "new.tsv:1: step 1" in message
    assert "'B-CAT'" in message
