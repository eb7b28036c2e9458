"""A run that answers texts, and files of them; nothing is trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.classified import write_verdict
from tests.helpers.untrained import untrained_run

Write = Callable[[str, int], Path]


@pytest.fixture
def run(runs: Path) -> str:
    """good or bad, at random."""
    runs.mkdir()
    write_verdict(runs)
    text = (runs / "verdict.yaml").read_text(encoding="utf-8")
    return str(untrained_run("verdict", text.replace("verdict", str(runs / "verdict"))))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a table of texts, none of which is like another."""

    def table(name: str, rows: int) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        words = ("lovely", "dull", "clever", "awful")
        lines = (f"{name} {row},the film {row} was {words[row % 4]}\n" for row in range(rows))
        path.write_text("id,text\n" + "".join(lines), encoding="utf-8")
        return path

    return table
