"""What a stranger's labels and texts do to a terminal: nothing."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from rnnkit.cli import main
from tests.cli.invoke import done, invoke
from tests.helpers.untrained import untrained_run

NASTY = "\x1b[2Jx\u202ey\x9b1m\x07\u200bz"
SPLIT = "a\nb\tc\rd"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # which rnnkit itself paints with


@pytest.fixture
def nasty_run(runs: Path) -> Path:
    texts = {
        NASTY: [f"{NASTY} film{'!' * n}" for n in range(6)],
        SPLIT: [f"dull film{'!' * n}" for n in range(6)],
    }
    tree = {
        "task": "classification",
        "data": {"dataset": {"labelled": {"texts": texts}}, "split": {"validation": 0.5}},
        "model": {"embedding": 2, "layers": [{"simple_rnn": 2}]},
    }
    return untrained_run("nasty", tree).path


def on_terminal(arguments: Sequence[object]) -> str:
    """What a call writes to standard output and error, both a terminal."""
    own, its = os.openpty()
    shown = bytearray()

    def read() -> None:
        try:
            while part := os.read(own, 1 << 16):
                shown.extend(part)
        except OSError:  # its end is closed
            return

    reader = threading.Thread(target=read)
    reader.start()
    streams = sys.stdout, sys.stderr
    try:
        with open(its, "w", encoding="utf-8") as terminal:
            sys.stdout = sys.stderr = terminal
            try:
                main([str(argument) for argument in arguments], prog_name="rnnkit")
            except SystemExit:
                terminal.flush()
            finally:
                sys.stdout, sys.stderr = streams
    finally:
        reader.join()
        os.close(own)
    return shown.decode()


CALLS: list[tuple[object, ...]] = [
    ("predict", "nasty", "--text", "dull film"),
    ("predict", "nasty", "--text", f"{NASTY} film", "--json"),
    ("predict", "nasty", "--input", "in.csv"),
    ("predict", "nasty", "--input", "in.csv", "--column", NASTY),
    ("runs",),
    ("runs", "show", "nasty"),
    ("config", "show", "runs/nasty"),
    ("config", "diff", "runs/nasty", "fable"),
    ("check", "\x1b[31m.yaml"),
    ("check", "runs/nasty/config.yaml", f"data.{NASTY}=3"),
    (f"{NASTY}",),
    ("predict", f"--{NASTY}"),
    ("predict", "nasty", "--top", NASTY, "--text", "x"),
    ("generate", "nasty", NASTY),
]


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")
def test_no_verb_lets_a_text_command_the_terminal(nasty_run: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f'text\n"{NASTY} film"\ndull\n', encoding="utf-8")
    for arguments in CALLS:
        shown = COLOUR.sub("", on_terminal(arguments))
        assert shown, arguments
        bad = re.findall("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202e]|\r(?!\n)", shown)
        assert not bad, (arguments, shown)


def test_a_program_gets_texts_and_records_letter_by_letter(nasty_run: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f'text\n"{NASTY} film"\n', encoding="utf-8")
    assert NASTY in done("predict", nasty_run, "--input", "in.csv").stdout
    table = done("predict", nasty_run, "--text", "dull film").stdout
    assert len(table.splitlines()) == 3  # a header and two labels
    assert r"a\nb\tc\rd" in table


def test_a_line_end_in_an_argument_starts_no_second_error() -> None:
    result = invoke("check", "a\nError: b")
    assert [line[:10] for line in result.stderr.splitlines()] == [r"Error: a\n"]
