"""What the architecture page counts."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.conftest import REPO


def test_the_page_counts_what_the_script_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_CACHE", "0")
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path))
    spec = importlib.util.spec_from_file_location("journeys", REPO / "scripts/count_journeys.py")
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = " ".join((REPO / "docs" / "architecture.md").read_text(encoding="utf-8").split())
    said = script.described(*script.counted(tmp_path)).values()
    assert [text for text in said if text not in page] == []
