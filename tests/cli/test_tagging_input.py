"""Tagging from the command line: answers to texts, files and arrays, and files that are not what
they should be.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.invoke import done, invoke
from tests.conftest import Rnnkit
from tests.tagged import arrays, copied

CONFIG = """\
task: {task}
data: {{dataset: {dataset}, split: 0.25{more}}}
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

    def check(
        dataset: str, *words: str, task: str = "tagging", more: str = "", embedding: object = 2
    ) -> None:
        (tmp_path / "c.yaml").write_text(
            CONFIG.format(task=task, dataset=dataset, more=more, embedding=embedding),
            encoding="utf-8",
        )
        result = invoke("train", "c.yaml")
        assert (result.exit_code, result.stdout) == (2, ""), result.stderr
        assert len(result.stderr.splitlines()) == 1, result.stderr
        assert result.stderr.startswith("Error: ")
        assert all(word in result.stderr for word in words), (words, result.stderr)
        assert not (tmp_path / "runs").exists()

    return check


def write(name: str, content: str) -> str:
    Path(name).write_text(content, encoding="utf-8")
    return name


GOOD = "\n\n".join(f"word{index}\tNOUN\nruns\tVERB" for index in range(8)) + "\n"


# Answers.


def test_a_text(names: Path) -> None:
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
    found = json.loads(done("predict", names, "--text", "Anna Smith left Rome.", "--json").stdout)
    assert [row["tag"] for row in found] == ["B-PER", "I-PER", "O", "B-LOC", "O"]
    assert all(0 < row["probability"] <= 1 for row in found)


def test_tags_are_coloured_on_a_terminal(names: Path) -> None:
    from click.testing import CliRunner

    from rnnkit.cli import main

    lines = (
        CliRunner()
        .invoke(main, ["predict", str(names), "--text", "Anna Smith left Rome"], color=True)
        .stdout.splitlines()
    )
    coloured = {
        line.replace("\x1b[", " \x1b[").split("m", 1)[-1].split()[0]: line[: line.index("m")]
        for line in lines
        if "\x1b[3" in line
    }
    assert set(coloured) == {"Anna", "Smith", "Rome"}
    assert coloured["Anna"] == coloured["Smith"] != coloured["Rome"]


def test_files_of_sentences(names: Path) -> None:
    write("in.txt", "Anna Smith left Rome.\n\nthe mouse lives in Rome\n")
    expected = "Anna\tB-PER\nSmith\tI-PER\nleft\tO\nRome\tB-LOC\n.\tO\n\nthe\tO\nmouse\tO\nlives\tO\nin\tO\nRome\tB-LOC\n\n"  # noqa: E501
    assert done("predict", names, "--input", "in.txt").stdout == expected
    told = done("predict", names, "--input", "in.txt", "-o", "out.conll").stderr
    assert told == "2 rows answered, written to out.conll\n"
    assert Path("out.conll").read_text(encoding="utf-8") == expected
    write("columns.conll", "".join(f"{line.split(chr(9))[0]}\n" for line in expected.splitlines()))
    assert done("predict", names, "--input", "columns.conll").stdout == expected
    # its tags are not looked at
    assert done("predict", names, "--input", "out.conll").stdout == expected
    assert (
        done(
            "predict",
            names,
            "--input",
            "-",
            stdin="Anna Smith left Rome .\nthe mouse lives in Rome",
        ).stdout
        == expected
    )
    done("predict", names, "--input", "in.txt", "-o", "out.jsonl")
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows[0] == {
        "tokens": ["Anna", "Smith", "left", "Rome", "."],
        "tags": ["B-PER", "I-PER", "O", "B-LOC", "O"],
    }
    assert done("predict", names, "--input", "out.jsonl").stdout == expected
    with gzip.open("in.txt.gz", "wt", encoding="utf-8") as file:
        file.write(Path("in.txt").read_text(encoding="utf-8"))
    assert done("predict", names, "--input", "in.txt.gz").stdout == expected
    write(
        "in.conllu",
        "# text\n1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n"
        + "".join(f"{i}\t{form}" + "\t_" * 8 + "\n" for i, form in ((1, "Anna"), (2, "left"))),
    )
    assert done("predict", names, "--input", "in.conllu").stdout == "Anna\tB-PER\nleft\tO\n\n"


def test_files_that_cannot_be_answered(names: Path) -> None:
    def refused(*arguments: str, words: tuple[str, ...]) -> None:
        result = invoke("predict", names, "--input", *arguments)
        assert result.exit_code == 2, result.stderr
        assert all(word in result.stderr for word in words), result.stderr

    write("in.txt", "Anna left\n")
    write("ragged.conll", "a\tO\n\nAnna\tO\nleft\n")
    write("t.csv", "text\na\n")
    write("words.jsonl", '{"tokens": "Anna left"}\n')
    refused(
        "ragged.conll",
        "-o",
        "out.conll",
        words=("--input: ragged.conll:4: 1 column, but line 1 has 2",),
    )
    assert not Path("out.conll").exists()
    assert not list(Path().glob(".out*"))
    refused("t.csv", words=("t.csv: no file of sentences", ".conllu"))
    refused("words.jsonl", words=("row 1: 'tokens' is a str",))
    refused(
        "in.txt",
        "-o",
        "out.csv",
        words=("--output: out.csv: unknown kind of file '.csv'", ".conll, .tsv, .jsonl"),
    )
    refused("in.txt", "--column", "a", words=("--column: a tagging run",))
    write("out.conll", "mine")
    refused("in.txt", "-o", "out.conll", words=("out.conll is there already", "--overwrite"))
    write("long.txt", "Anna left\n" + "a " * 1001 + "\n")
    refused("long.txt", words=("long.txt:2: a sentence of 1,001 tokens", "at most 1,000"))
    assert invoke("predict", names, "--text", " ").exit_code == 2
    assert invoke("predict", names, "--text", "a " * 1001).exit_code == 2


def test_answers_do_not_import_a_framework(names: Path, rnnkit: Rnnkit) -> None:
    write("in.txt", "Anna left\n")
    code = (
        "import sys; from rnnkit.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "assert not {'keras', 'tensorflow', 'jax', 'sklearn', 'pandas'} & set(sys.modules)"
    )
    import subprocess
    import sys

    for arguments in (["--text", "Anna left"], ["--input", "in.txt"]):
        subprocess.run(
            [sys.executable, "-c", code, "predict", str(names), *arguments],
            check=True,
            capture_output=True,
        )


def test_arrays(steps: Path, sequences: Path) -> None:
    x, on = arrays()
    np.savez("new.npz", x=x[:2])
    table = [
        line.split(",") for line in done("predict", steps, "--input", "new.npz").stdout.splitlines()
    ]
    assert table[0] == ["sample", "step", "tag", "probability"]
    assert [(row[0], row[1]) for row in table[1:]] == [
        (str(sample), str(step)) for sample in range(2) for step in range(10)
    ]
    right = [row[2] == ("off", "on")[on[int(row[0]), int(row[1])]] for row in table[1:]]
    assert sum(right) >= 16
    done("predict", sequences, "--input", "new.npz", "-o", "out.jsonl")
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["sample"] for row in rows] == [0, 1]
    assert {row["label"] for row in rows} <= {"0", "1"}
    shown = json.loads(done("predict", sequences, "--text", "1 5, 1 5", "--json").stdout)
    assert sum(row["probability"] for row in shown) == pytest.approx(1)
    for run in (steps, sequences):
        np.savez("wrong.npz", x=x[:2, :, :1])
        write("t.csv", "a\n")
        for arguments, words in (
            (["--input", "wrong.npz"], "wrong.npz: 1 features a step. Expected 2"),
            (["--input", "t.csv"], "t.csv: no .npz file"),
            (["--text", "1 2 3"], "3 numbers. Expected finite ones, 2 for each step"),
            (["--text", "one two"], "could not convert"),
            (["--text", "1 nan"], "Expected finite ones"),
        ):
            result = invoke("predict", run, *arguments)
            assert result.exit_code == 2
            assert words in result.stderr


# Files that are not what they should be.


def test_ragged_columns(refused: Refused) -> None:
    write("t.tsv", GOOD + "\nlast\n")
    refused("{conll: t.tsv}", "data.dataset.conll.path: t.tsv:25: 1 column, but line 1 has 2")


def test_no_sentences(refused: Refused) -> None:
    write("t.tsv", "\n")
    refused("{conll: t.tsv}", "t.tsv has no sentence")
    refused("{conll: none.tsv}", "data.dataset.conll.path: no such file: 'none.tsv'")


def test_a_tag_that_training_lacks(refused: Refused) -> None:
    write("t.tsv", GOOD)
    write("v.tsv", "x\tNOUN\n\nthe\tDET\n")
    dataset = "{conll: {path: t.tsv, validation_path: v.tsv}}"
    refused(
        dataset,
        "v.tsv:3: step 1 has the tag 'DET', which the training part does not have",
        "Expected one of: NOUN, VERB",
        "data.labels",
    )
    refused(
        dataset,
        "t.tsv:1: step 1 has the tag 'NOUN', which `data.labels` does not have",
        more=", labels: [VERB, DET]",
    )


def test_a_type_of_span_that_training_lacks(refused: Refused) -> None:
    write("t.tsv", "\n\n".join(f"Tom{index}\tB-PER\nran\tO" for index in range(8)))
    write("v.tsv", "Rome\tB-LOC\n")
    refused(
        "{conll: {path: t.tsv, validation_path: v.tsv}}",
        "v.tsv:1: step 1 has the tag 'B-LOC', which the training part does not have",
    )
    write("v.tsv", "Rome\tNOUN\n")
    refused(
        "{conll: {path: t.tsv, validation_path: v.tsv}}",
        "v.tsv:1: the tag 'NOUN'",
        "Expected O, or B-, I-, E- or S-",
        "`tags: plain`",
    )


def test_tags_that_are_no_spans(refused: Refused) -> None:
    write("t.tsv", GOOD)
    refused(
        "{conll: t.tsv}",
        "t.tsv:1: the tag 'NOUN'",
        "Expected O, or B-, I-, E- or S-",
        more=", tags: iob2",
    )


def test_one_tag_only(refused: Refused) -> None:
    write("t.tsv", "\n\n".join(f"word{index}\tO" for index in range(8)))
    refused("{conll: t.tsv}", "the training part has one tag only: 'O'", "Is it the right column?")


def test_a_sentence_that_is_far_too_long(refused: Refused) -> None:
    write("t.tsv", GOOD + "\n" + "a\tNOUN\n" * 1001)
    refused(
        "{conll: t.tsv}",
        "t.tsv:25: a sentence of 1,001 tokens. Expected at most 1,000",
        "Is a blank line missing",
    )
    refused(
        "{conll: t.tsv}",
        "t.tsv:1: a sentence of 2 tokens. Expected at most 1.",
        more=", max_length: 1",
    )


def test_a_part_without_sentences(refused: Refused) -> None:
    write("t.tsv", "a\tX\n\nb\tY\n")
    refused("{conll: t.tsv}", "data.split: 2 texts leave the validation part empty")


def test_arrays_that_do_not_fit(refused: Refused) -> None:
    x, on = arrays()
    np.savez("a.npz", x=x, y=on[:, 0])
    refused("{arrays: a.npz}", "y has the shape (32,)", "`task: classification`", embedding="none")
    np.savez("a.npz", x=x, y=on)
    refused(
        "{arrays: a.npz}",
        "y has the shape (32, 10)",
        "`task: tagging`",
        task="classification",
        embedding="none",
    )
    np.savez("a.npz", x=np.where(x > 5, np.nan, x), y=on)
    refused("{arrays: a.npz}", "are not finite, the first at x[", embedding="none")
    np.savez("a.npz", x=x, y=on.astype(object))
    refused(
        "{arrays: a.npz}", "which only pickle reads", "a pickle can run any code", embedding="none"
    )
    for task in ("tagging", "classification"):
        np.savez("a.npz", x=x, y=on if task == "tagging" else on[:, 0])
        refused("{arrays: a.npz}", "model.embedding: found 'embedding'. Expected none", task=task)
        refused(
            "{arrays: a.npz}",
            "data.max_length: set, but the data set holds numbers",
            task=task,
            embedding="none",
            more=", max_length: 5",
        )


def test_a_further_file(
    names: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.tagged import trained

    monkeypatch.setenv("RNNKIT_DATA", str(trained("names", tmp_path_factory).parent))
    write("new.tsv", "Anna\tB-PER\nleft\tO\n")
    (evaluation,) = json.loads(done("evaluate", names, "--data", "new.tsv", "--json").stdout)
    assert evaluation["rows"][0]["scores"]["tokens"] == 2
    write("new.tsv", "Anna\tB-CAT\n")
    result = invoke("evaluate", names, "--data", "new.tsv")
    assert result.exit_code == 2
    assert "new.tsv:1: step 1 has the tag 'B-CAT'" in result.stderr
    assert "the run gives no other tag" in result.stderr
