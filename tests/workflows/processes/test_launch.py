"""Processes that end in every order; a program of the test stands for Python."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.ranks.place import Place
from rnnkit.resume_command import resume_options
from rnnkit.workflows.processes import launch as module
from rnnkit.workflows.processes.launch import POLL_SECONDS, launch

KILLED = "kill -9 $$"
ABORTED = "exit 134"
OWN_EXIT = (
    f"echo '{json.dumps({'lost': 'process 9 of 9 is gone', 'run': 'runs/x'})}' > $report; exit 75"
)
PROGRAM = """#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
        --process-id) rank=$2 ;;
        --member) report=$2 ;;
    esac
    shift
done
. {folder}/$rank
"""

Launched = Callable[..., int]


@pytest.fixture
def launched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Launched:
    """Starts a process for each of these lines of a shell."""

    def start(*lines: str) -> int:
        for rank, line in enumerate(lines):
            (tmp_path / str(rank)).write_text(line)
        program = tmp_path / "program"
        program.write_text(PROGRAM.format(folder=tmp_path))
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        places = [Place(len(lines), rank, "localhost:1") for rank in range(len(lines))]
        with resume_options("--num-processes 3"):
            return launch(places, ["train", "x"], "--num-processes 3")

    return start


@pytest.mark.parametrize("lines", [*itertools.permutations((KILLED, ABORTED, OWN_EXIT))])
def test_who_was_killed_is_named_where_all_end_at_once(
    lines: tuple[str, ...], launched: Launched
) -> None:
    with pytest.raises(RnnkitError) as caught:
        launched(*lines)
    assert caught.value.got == f"process {lines.index(KILLED)} was ended by SIGKILL"
    assert "rnnkit train runs/x --resume --num-processes 3" in caught.value.hint


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_who_was_killed_is_named_in_whatever_order_all_are_seen_to_end(
    order: tuple[int, ...], launched: Launched
) -> None:
    lines = (ABORTED, OWN_EXIT, KILLED)
    with pytest.raises(RnnkitError, match="process 2 was ended by SIGKILL"):
        launched(
            *(
                f"sleep {2 * POLL_SECONDS * when}; {line}"
                for when, line in zip(order, lines, strict=True)
            )
        )


def test_who_neither_ends_nor_answers_is_named(
    launched: Launched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAST_SECONDS", 0.3)
    with pytest.raises(RnnkitError, match="process 1 does not answer"):
        launched(OWN_EXIT, "kill -STOP $$", ABORTED)


def test_who_was_stopped_before_all_met_is_not_waited_for(
    launched: Launched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAST_SECONDS", 0.3)
    with pytest.raises(RnnkitError, match="process 0 was stopped by SIGINT"):
        launched("exit 130", "exec sleep 60")


def test_who_was_stopped_with_the_others_is(
    launched: Launched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one saves, however long that takes."""
    monkeypatch.setattr(module, "LAST_SECONDS", 0.3)
    run = json.dumps({"run": "runs/x"})
    assert launched(f"echo '{run}' > $report; sleep 1; exit 143", "sleep 0.2; exit 143") == 143


def test_what_another_process_than_the_first_says_is_repeated(
    launched: Launched, said: list[str]
) -> None:
    assert launched(OWN_EXIT, "echo Error: no such file >&2; exit 2") == 2
    assert "process 1: Error: no such file" in said
