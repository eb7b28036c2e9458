"""Remarks and progress go through one logger."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnkit import progress
from rnnkit.progress import Progress, collected_log, log, logged_to_file, stderr_to, to_stderr


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    before, level, propagate = list(log.handlers), log.level, log.propagate
    log.handlers[:] = [logging.NullHandler()]
    log.setLevel(logging.NOTSET)
    yield
    log.handlers[:], log.propagate = before, propagate
    log.setLevel(level)


def test_to_stderr_writes_plain_lines_once(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr()
    to_stderr()
    log.info("a remark")
    assert capsys.readouterr() == ("", "a remark\n")


def test_to_stderr_preserves_the_users_handlers(capsys: pytest.CaptureFixture[str]) -> None:
    records: list[str] = []

    class Own(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record.getMessage())

    log.addHandler(Own())
    to_stderr()
    log.warning("a remark")
    assert records == ["a remark"]
    assert capsys.readouterr().err == ""


def test_written_by_replaces_stderr_for_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr()
    lines: list[str] = []
    with stderr_to(lines.append):
        log.info("above the bar")
    log.info("below")
    assert lines == ["above the bar"]
    assert capsys.readouterr().err == "below\n"


def test_kept_in_adds_each_line_with_its_time(tmp_path: Path) -> None:
    with logged_to_file(lambda: tmp_path / "training.log"):
        log.info("one")
        log.info("two")
    log.info("three")
    lines = (tmp_path / "training.log").read_text().splitlines()
    assert [line[20:] for line in lines] == ["one", "two"]


def test_kept_in_begins_with_what_was_remembered(tmp_path: Path) -> None:
    with collected_log() as earlier:
        log.info("before there is a file")
    with logged_to_file(lambda: tmp_path / "training.log", earlier):
        log.info("one")
    lines = (tmp_path / "training.log").read_text().splitlines()
    assert [line[20:] for line in lines] == ["before there is a file", "one"]


def test_kept_in_survives_a_missing_folder(tmp_path: Path) -> None:
    with logged_to_file(lambda: tmp_path / "gone" / "training.log"):
        log.info("one")
    assert not (tmp_path / "gone").exists()


def test_progress_reports_the_remaining_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", -1.0)
    to_stderr()
    steps = Progress("rows", 4000)
    steps.advance(1000)
    Progress("rows").advance(5)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("1,000 of 4,000 rows, ")
    assert first.endswith(" s left")
    assert second == "5 rows"


def test_progress_is_quiet_at_first(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr()
    Progress("rows", 10).advance(5)
    assert capsys.readouterr().err == ""
