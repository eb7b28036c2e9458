"""Many files answered: in which order, by how many processes, and after a kill."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import sys
from pathlib import Path

import pytest

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.tasks.answers import ANSWERED_AT_ONCE
from rnnkit.workflows.predict import predict_files
from rnnkit.workflows.scoring.answer_cache import encode_answers
from tests.cli.invoke import done, invoke
from tests.conftest import SOAK_SEED, Rnnkit
from tests.helpers.killing import is_killed_at, operations_of
from tests.helpers.small_disk import small_disk
from tests.workflows.scoring.conftest import Write

LONG = 2 * ANSWERED_AT_ONCE + 100
NEVER = 10**9


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# Which files, and where their answers go.


def test_a_folder_is_answered_file_by_file_in_their_own_formats(
    run: str, write: Write, tmp_path: Path
) -> None:
    """Each as it is answered alone; what the run does not read is remarked on."""
    write("in/b.csv", 5)
    (tmp_path / "in/a.jsonl").write_text('{"n": 1, "text": "lovely"}\n{"n": 2, "text": ""}\n')
    (tmp_path / "in/c.txt").write_text("dull\nclever\n")
    (tmp_path / "in/d.csv.gz").write_bytes(gzip.compress(b"text\nawful\n"))
    (tmp_path / "in/.hidden.csv").write_text("nothing")
    (tmp_path / "in/readme.md").write_text("nothing")
    result = done("predict", run, "--input", "in", "--output", "out")
    assert "10 rows" not in result.stderr
    assert "9 rows of 4 files answered, written to out" in result.stderr
    assert "1 of 5 files is not read: readme.md" in result.stderr
    assert "in/a.jsonl: 1 row is empty and not answered: row 2" in result.stderr
    assert names(tmp_path / "out") == ["a.jsonl", "b.csv", "c.csv", "d.csv"]
    assert names(tmp_path) == ["in", "out", "runs"]
    os.chdir(tmp_path / "out")  # the folder where one is, which has no name
    done("predict", run, "--input", "../in", "--output", ".", "--overwrite")
    assert names(tmp_path / "out") == ["a.jsonl", "b.csv", "c.csv", "d.csv"]
    os.chdir(tmp_path)
    for name in ("b.csv", "a.jsonl"):
        done("predict", run, "--input", f"in/{name}", "-o", name)
        assert Path(name).read_bytes() == Path("out", name).read_bytes()
    assert [row["text"] for row in rows_of(Path("out/c.csv"))] == ["dull", "clever"]
    assert json.loads(Path("out/a.jsonl").read_text().splitlines()[1])["label"] == ""


def test_what_lies_in_a_folder_besides_files_is_not_passed_over_in_silence(
    run: str, write: Write, tmp_path: Path
) -> None:
    for name in ("in/a.csv", "in/sub/b.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(name, 1)
    (tmp_path / "in/empty").mkdir()
    result = done("predict", run, "--input", "in", "--output", "out")
    assert "in: folders in it are not looked into: sub; a pattern does" in result.stderr
    (pattern,) = (word for word in result.stderr.split("'") if "**" in word)
    done("predict", run, "--input", pattern, "--output", "all")
    assert names(tmp_path / "all") == ["a.csv", "b.csv"]
    (tmp_path / "in/c.csv").symlink_to("nowhere.csv")
    refused = invoke("predict", run, "--input", "in", "--output", "more")
    assert (refused.exit_code, names(tmp_path)) == (2, ["all", "in", "out", "runs"])
    assert "in/c.csv" in refused.stderr


def test_a_pattern_that_fits_what_it_has_written_is_continued(
    run: str, write: Write, tmp_path: Path
) -> None:
    """The files of answers are none of those that are to be answered."""
    for name in ("in/a.csv", "in/z.csv"):
        write(name, 2)
    (tmp_path / "in/z.csv").write_text('id,text\n1,"dull')
    call = ("predict", run, "--input", f"{tmp_path}/**/[az].csv", "--output", "in/out")
    assert invoke(*call).exit_code == 2
    assert names(tmp_path / "in/out") == ["a.csv"]
    write("in/z.csv", 2)
    assert "4 rows of 2 files answered" in done(*call).stderr


def test_a_pattern_and_several_names_are_answered_in_order_in_one_file(
    run: str, write: Write, tmp_path: Path
) -> None:
    for name in ("p2.csv", "p1.csv", "other.csv"):
        write(name, 3)
    inputs = ["--input", "other.csv", "--input", "p*.csv"]
    done("predict", run, *inputs, "-o", "all.csv")
    found = [row["id"].split()[0] for row in rows_of(tmp_path / "all.csv")]
    assert found == ["other.csv"] * 3 + ["p1.csv"] * 3 + ["p2.csv"] * 3
    assert names(tmp_path) == ["all.csv", "other.csv", "p1.csv", "p2.csv", "runs"]
    assert predict_files(run, ["p*.csv"], "all.jsonl") == (6, 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--input", "empty", "-o", "out"], "no file in 'empty' that the run reads. Expected .csv"),
        (["--input", "q*.csv", "-o", "out"], "--input: no file is called 'q*.csv'"),
        (["--input", "in"], "--output: standard output, for the answers to several files"),
        (["--input", "in", "-o", "in"], "--output: in is the folder of a.csv"),
        (["--input", "in", "-o", "out.xlsx"], "--output: out.xlsx: unknown kind"),
        (["--input", "in", "-o", "no/out"], "--output: no/out cannot be written: no folder 'no'"),
        (["--input", "in", "-o", "full"], "--output: full/a.csv exists already"),
        (["--input", "in", "-o", "mixed.csv"], "a.csv and in/b.jsonl are of two kinds"),
        (["--input", "in/a.csv", "--input", "a.csv", "-o", "o"], "o/a.csv would answer in/a.csv"),
        (["--input", "a.csv", "--input", "./a.csv", "-o", "o"], "--input: ./a.csv is named twice"),
        (["--input", "a.csv", "--input", "-", "-o", "o.csv"], "standard input and other files"),
        (["--input", "a.csv", "--input", "x.csv", "-o", "o.csv"], "x.csv lacks the column 'id'"),
        (["--input", "a.csv", "--input", "no.csv", "-o", "o"], "--input: no such file: 'no.csv'"),
        (["--input", "a.csv", "--jobs", "0", "-o", "o.csv"], "--jobs"),
        (["--text", "x", "--jobs", "2"], "--jobs goes with --input only"),
        (["a.csv", "x.csv", "--input", "in/a.csv"], "Quote the pattern: --input"),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, list) else "",
)
def test_what_cannot_be_answered_is_refused(
    arguments: list[str], said: str, run: str, write: Write, tmp_path: Path
) -> None:
    for name in ("in/a.csv", "a.csv", "full/a.csv"):
        write(name, 2)
    (tmp_path / "in/b.jsonl").write_text('{"text": "dull"}\n')
    (tmp_path / "x.csv").write_text("text\ndull\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/a.xlsx").touch()
    before = names(tmp_path)
    words = arguments if arguments[0] == "a.csv" else [run, *arguments]
    result = invoke("predict", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert [name for name in names(tmp_path) if name not in before] in ([], [".o.csv.answers"])


def test_a_damaged_row_of_the_third_file_is_named_and_the_rest_is_not_answered_again(
    run: str, write: Write, tmp_path: Path
) -> None:
    for name in ("in/a.csv", "in/b.csv", "in/c.csv"):
        write(name, 4)
    good = Path("in/c.csv").read_text()
    Path("in/c.csv").write_text(good + "5,a,b\n")
    result = invoke("predict", run, "--input", "in", "-o", "out")
    assert result.exit_code == 2
    assert "--input: in/c.csv: row 6 has 3 fields where the first has 2" in result.stderr
    assert names(tmp_path / "out") == ["a.csv", "b.csv"]
    assert ".out.answers: the same call continues" in result.stderr
    before = Path("out/a.csv").stat()
    Path("in/c.csv").write_text(good)
    result = done("predict", run, "--input", "in", "-o", "out")
    assert "2 of 3 files there already" in result.stderr
    assert "12 rows of 3 files answered" in result.stderr
    assert Path("out/a.csv").stat() == before
    assert names(tmp_path) == ["in", "out", "runs"]


# Several processes.


def test_several_processes_write_the_same_bytes(run: str, write: Write, tmp_path: Path) -> None:
    for name, rows in (("in/a.csv", 10), ("in/b.csv", LONG), ("in/c.csv", 10)):
        write(name, rows)
    assert predict_files(run, ["in"], "one") == (LONG + 20, 3)
    assert predict_files(run, ["in"], "two", jobs=2) == (LONG + 20, 3)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert [row["id"] for row in rows_of(tmp_path / "one/b.csv")] == [
        f"in/b.csv {row}" for row in range(LONG)
    ]


def test_where_no_other_process_answers_this_one_does(
    run: str, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    """A program that ends at once stands for Python: as one that is killed for memory."""
    write("a.csv", ANSWERED_AT_ONCE + 5)
    predict_files(run, ["a.csv"], "one.csv")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert predict_files(run, ["a.csv"], "two.csv", jobs=2) == (ANSWERED_AT_ONCE + 5, 1)
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes()
    assert [line for line in said if "is gone" in line]


OWN_TASK = """
from rnnkit.tasks.classification.task import Classification


class Mine(Classification):
    pass
"""


@pytest.mark.soak
def test_other_processes_import_the_users_own_components(
    rnnkit: Rnnkit, run: str, write: Write, tmp_path: Path
) -> None:
    """In a process of its own: a worker that cannot open the run would be said to be gone."""
    config = Path(run, "config.yaml")
    text = config.read_text(encoding="utf-8")
    assert text.startswith("task:\n  classification:\n")
    config.write_text(text.replace("classification:", "my_task:Mine:", 1), encoding="utf-8")
    (tmp_path / "my_task.py").write_text(OWN_TASK, encoding="utf-8")
    write("in.csv", LONG)
    call = ("predict", run, "--code", "my_task.py", "--input", "in.csv", "--output")
    one, two = rnnkit(*call, "one.csv"), rnnkit(*call, "two.csv", "--jobs", 2)
    assert (one.returncode, two.returncode) == (0, 0), two.stderr
    assert "is gone" not in two.stderr
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes()


# Stopped, and continued.


def parts(output: Path) -> list[Path]:
    return sorted(output.with_name(f".{output.name}.answers").glob("*.part"))


def killed(run: str, source: Path, output: Path, kept: int) -> None:
    """A call that is killed for real once so many chunks are kept."""
    for nth in range(29, 200, 3):
        if (
            is_killed_at(nth, output.parent, lambda: predict_files(run, [str(source)], str(output)))
            and len(parts(output)) >= kept
        ):
            return
            print(nth)
            return
    raise AssertionError("never killed there")


def test_a_killed_call_is_continued_and_what_is_kept_is_not_computed_again(
    run: str, write: Write, tmp_path: Path, said: list[str]
) -> None:
    """The answers kept are replaced by others, which are those that the output has then."""
    source, output = write("in.csv", LONG), tmp_path / "out.csv"
    predict_files(run, [str(source)], "whole.csv")
    killed(run, source, output, 1)
    assert not output.exists()
    (part, *_) = parts(output)
    true = part.read_bytes()
    marked = encode_answers([[{"label": "KEPT", "probability": 1.0}]] * ANSWERED_AT_ONCE)
    assert marked
    part.write_bytes(marked)
    assert predict_files(run, [str(source)], str(output)) == (LONG, 1)
    assert [row["label"] for row in rows_of(output)].count("KEPT") == ANSWERED_AT_ONCE
    assert [line for line in said if "continuing: " in line]
    assert names(tmp_path) == ["in.csv", "out.csv", "runs", "whole.csv"]
    output.unlink()
    killed(run, source, output, 1)
    assert parts(output)[0].read_bytes() == true
    parts(output)[0].write_bytes(true[:-3])  # damaged
    predict_files(run, [str(source)], str(output))
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert [line for line in said if "damaged; its rows are answered again" in line]


def test_a_changed_input_is_answered_anew_and_a_changed_run_is_refused(
    run: str, write: Write, tmp_path: Path, said: list[str]
) -> None:
    source, output = write("in.csv", LONG), tmp_path / "out.csv"
    killed(run, source, output, 1)
    config = Path(run, "config.yaml")
    config.write_text(config.read_text() + "\n# a remark\n")
    with pytest.raises(RnnkitError, match="by another run") as caught:
        predict_files(run, [str(source)], str(output))
    assert caught.value.hint == "Repeat that call, name another output, or add --overwrite"
    config.write_text(config.read_text().removesuffix("\n# a remark\n"))
    assert parts(output)
    source.write_text(source.read_text().replace("film 6 was clever", "film 6 was awful"))
    predict_files(run, [str(source)], str(output))
    assert [line for line in said if "in.csv has changed since" in line]
    predict_files(run, [str(source)], "fresh.csv")
    assert output.read_bytes() == Path("fresh.csv").read_bytes()
    output.unlink()
    killed(run, source, output, 1)
    predict_files(run, [str(source)], str(output), column="id", overwrite=True)
    assert [line for line in said if "all is begun anew" in line]
    assert names(tmp_path) == ["fresh.csv", "in.csv", "out.csv", "runs"]


def test_a_full_disk_is_worth_trying_again(run: str, write: Write, tmp_path: Path) -> None:
    source = write("in.csv", LONG)
    predict_files(run, [str(source)], "whole.csv")
    with small_disk(tmp_path / "disk", "800k") as disk:
        with pytest.raises(RnnkitError) as caught:
            predict_files(run, [str(source)], str(disk / "out.csv"))
        assert caught.value.exit_code == TRY_AGAIN
        assert "--output: " in caught.value.where
        assert caught.value.hint == "Free some space"
        assert not (disk / "out.csv").exists()


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("output", ["out", "all.csv", "all.parquet"])
def test_a_call_killed_at_any_operation_again_and_again_ends_as_if_it_was_not(
    output: str, jobs: int, run: str, write: Write, tmp_path: Path
) -> None:
    """No output is half there, and no part that is kept is written again."""
    for name, rows in (("in/a.csv", 10), ("in/b.csv", LONG), ("in/c.csv", 10)):
        write(name, rows)
    dice = random.Random(f"{SOAK_SEED} {output} {jobs}")
    sources, total = [str(tmp_path / "in")], LONG + 20
    assert predict_files(run, sources, str(tmp_path / f"whole-{output}")) == (total, 3)

    def state(path: Path) -> dict[str, bytes]:
        files = path.iterdir() if path.is_dir() else [path] if path.exists() else []
        shown = (file for file in files if not file.name.startswith("."))
        return {file.name.removeprefix("whole-"): file.read_bytes() for file in shown}

    def call(path: Path) -> None:
        try:
            assert predict_files(run, sources, str(path), jobs=jobs) == (total, 3)
        except RnnkitError as error:  # killed when all was done
            assert "exists already" in error.got
            assert state(path) == whole

    whole = state(tmp_path / f"whole-{output}")
    (counted := tmp_path / "counted").mkdir()
    most = operations_of(counted, lambda: call(counted / output))
    kills = 0
    for chain in range(8):
        place = tmp_path / f"chain{chain}"
        place.mkdir()
        path, known = place / output, dict[Path, int]()
        nth = 2 + chain * (most - 2) // 8
        while is_killed_at(nth, place, lambda path=path: call(path)):
            kills += 1
            found = {part: part.stat().st_ino for part in parts(path)}
            there = state(path)
            assert there.items() <= whole.items()
            assert known.items() <= found.items() or there == whole  # else it was being removed
            known, nth = found, dice.randrange(2, most + 1)
        assert state(path) == whole
        assert names(place) == [output]
    assert kills >= 8  # a whole call does what each chain begins with
