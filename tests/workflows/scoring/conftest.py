"""A run that answers texts, and files of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.classified import copied

Write = Callable[[str, int], Path]


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> str:
    """good or bad."""
    return str(copied("verdict", tmp_path_factory, runs))


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
