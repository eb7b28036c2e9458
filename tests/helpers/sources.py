"""The sources of rnnkit as syntax, which several tests walk through."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.conftest import REPO

SOURCES = REPO / "rnnkit"


@cache
def sources() -> dict[Path, ast.Module]:
    """What is in each file of rnnkit, by its path below that folder; parsed once in a process."""
    return {
        path.relative_to(SOURCES): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCES.rglob("*.py"))
    }
