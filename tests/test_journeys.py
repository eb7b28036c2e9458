"""What the architecture page says of how far a row, a seed and a file travel."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from tests.conftest import REPO


def test_journeys_are_as_short_as_the_page_says(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("journeys", REPO / "scripts/count_journeys.py")
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = " ".join((REPO / "docs" / "architecture.md").read_text(encoding="utf-8").split())
    bounds = re.findall(r"[Uu]nder (\d+) files and (\d+) calls between them", page)
    journeys = script.counted(tmp_path)
    for journey, (files, calls) in zip(journeys, bounds, strict=True):
        assert 5 < len(journey.files) < int(files), sorted(journey.files)
        assert 5 < len(journey.calls) < int(calls), sorted(journey.calls)
    (handing,) = re.findall(r"under (\d+) of these files hand it on", page)
    assert 5 < len(journeys[0].passing) < int(handing), sorted(journeys[0].passing)
