"""docs/results.md names commands and scripts that exist."""

from __future__ import annotations

import re
import shlex

import pytest

from rnnkit.config import shipped_configs
from tests.cli.invoke import parsed
from tests.conftest import REPO

PAGE = (REPO / "docs" / "results.md").read_text(encoding="utf-8")
SPANS = sorted(set(re.findall(r"`([^`\n]+)`", PAGE)))
QUOTED = [text for span in SPANS for text in re.findall(r'"((?:rnnkit|python) [^"]+)"', span)]


@pytest.mark.parametrize(
    "call", [span for span in [*SPANS, *QUOTED] if re.match(r"rnnkit \w+ ", span)]
)
def test_results_commands_are_valid(call: str) -> None:
    assert parsed(call).params.get("config", "fable") in shipped_configs()


def test_results_scripts_and_their_options_exist() -> None:
    calls = [span for span in [*SPANS, *QUOTED] if span.startswith("python scripts/")]
    assert len(calls) >= 8
    for call in calls:
        _, script, *rest = shlex.split(call)
        source = (REPO / script).read_text(encoding="utf-8")
        for option in rest:
            assert not option.startswith("--") or f'"{option}"' in source, call
