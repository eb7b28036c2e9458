from __future__ import annotations

import json

import pytest

from tests.cli.invoke import invoke


def test_doctor_fails_where_something_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNKIT_THREADS", "many")
    result = invoke("doctor", "--json")
    assert result.exit_code == 1
    broken = [row["name"] for row in json.loads(result.stdout) if row["state"] == "broken"]
    assert broken == ["RNNKIT_THREADS"]
    monkeypatch.delenv("RNNKIT_THREADS")
    result = invoke("doctor")
    assert result.exit_code == 0
    assert "kernels" in result.stdout
