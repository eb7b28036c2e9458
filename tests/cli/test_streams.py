"""Standard output and error in any encoding: no verb ends in a traceback, and nothing is lost in
what goes to a file or to another program.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from rnnkit.cli import main
from rnnkit.cli.streams import prepare_streams
from tests.helpers.untrained import untrained_run

SEED = "дом ❤ the cat"
MODEL = {"embedding": 3, "layers": [{"gru": 3}]}
READER = {
    "task": {"language_model": {"window": 2}},
    "data": {"dataset": {"text": "story.txt"}, "split": 0},
    "model": MODEL,
}
JUDGE = {
    "task": "classification",
    "data": {"dataset": {"csv": {"path": "reviews.csv", "text": "text", "label": "label"}}},
    "model": MODEL,
}
REVIEWS = "text,label\nчудный film,gut ❤\nsad 日本 book,schlecht\n" + "".join(
    f"film {index},gut ❤\nbook {index},schlecht\n" for index in range(10)
)


@pytest.fixture
def models(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text(f"{SEED} saw 日本 ” ok\n" * 9, encoding="utf-8")
    (tmp_path / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    untrained_run("чтец", READER)
    untrained_run("judge", JUDGE)


def written(*arguments: str, named: str, encoding: str) -> bytes:
    """What a call writes to a standard output in this encoding; PYTHONIOENCODING names one."""
    runner = CliRunner(charset=encoding)
    result = runner.invoke(main, arguments, env={"PYTHONIOENCODING": named})
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


CALLS = [
    ("generate", "чтец", "--seed", SEED, "--max-new-tokens", "3"),
    ("generate", "чтец", "--seed", SEED, "--raw", "--report"),
    ("predict", "чтец", "--text", SEED),
    ("predict", "judge", "--text", "чудный"),
    ("inspect", "surprise", "чтец", "--text", SEED),
    ("inspect", "summary", "чтец"),
    ("config", "show", "чтец"),
    ("runs",),
    ("runs", "show", "чтец"),
]


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_prepare_streams_replaces_what_a_named_encoding_lacks(encoding: str) -> None:
    for call in CALLS:
        assert written(*call, named=encoding, encoding=encoding)
    text = written(*CALLS[0], named="cp1252", encoding="cp1252").decode("cp1252")
    assert text.startswith("??? ? the cat")


@pytest.mark.usefixtures("models")
def test_prepare_streams_writes_utf8_where_no_encoding_is_named() -> None:
    """As to a file on Windows, whose encoding is that of the machine's language."""
    assert written(*CALLS[0], named="", encoding="cp1252").decode("utf-8").startswith(SEED)


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16", "utf-8"])
def test_predict_writes_records_in_utf8_to_any_standard_output(encoding: str) -> None:
    call = ("predict", "judge", "--input", "reviews.csv")
    lines = written(*call, named=encoding, encoding=encoding).decode("utf-8").splitlines()
    assert lines[0] == "text,label,predicted_label,probability"
    assert lines[1].startswith("чудный film,gut ❤,")
    assert len(lines) == 23


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_print_json_loses_nothing(encoding: str) -> None:
    call = (*CALLS[0], "--json")
    assert json.loads(written(*call, named=encoding, encoding=encoding).decode(encoding))[
        "seed"
    ].startswith(SEED)


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_prepare_streams_keeps_the_encoding_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    for name, stream in (("stdout", b"? caf\xe9 ?"), ("stderr", b"\\u65e5 caf\xe9 \\udcff")):
        terminal = Terminal(io.BytesIO(), "cp1252")
        monkeypatch.setattr(sys, name, terminal)
        prepare_streams()
        terminal.write("日 café \udcff")
        terminal.flush()
        assert terminal.buffer.getvalue() == stream  # type: ignore[attr-defined]


@pytest.mark.usefixtures("models")
def test_main_explains_a_closed_standard_output() -> None:
    """And a pipe that is closed early ends without a word."""
    command = f'"{sys.executable}" -m rnnkit predict judge --input reviews.csv'
    for redirect, said in ((">&-", "standard output: closed"), ("| true", "")):
        shell = subprocess.run(
            ["sh", "-c", f"{command} {redirect}"], capture_output=True, text=True, check=False
        )
        assert "Traceback" not in shell.stderr
        assert said in shell.stderr


@pytest.mark.usefixtures("models")
@pytest.mark.skipif(sys.platform == "win32", reason="names are Unicode there")
def test_names_and_texts_are_utf8_where_the_locale_is_ascii(tmp_path: Path) -> None:
    """As under LC_ALL=C where Python's own remedies are off."""
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    (tmp_path / "обзоры.csv").write_text(REVIEWS, encoding="utf-8")
    calls = [("predict", "чтец", "--text", SEED), ("predict", "judge", "--input", "обзоры.csv")]
    for call in calls:
        command = [sys.executable, "-W", "ignore", "-m", "rnnkit", *call]
        ended = subprocess.run(
            command, env=os.environ | locale, capture_output=True, encoding="utf-8", check=True
        )
        assert "vocabulary" not in ended.stderr
    assert "чудный film,gut ❤" in ended.stdout
