from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rnnkit import kernels
from rnnkit.kernels import library
from rnnkit.workflows import doctor
from rnnkit.workflows.doctor import Finding, examine


def findings(**options: bool) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(**options)}


def test_examine_finds_what_is_installed_without_importing_it() -> None:
    before = "keras" in sys.modules
    found = findings()
    assert {"rnnkit", "python", "numpy", "backend", "kernels", "runs", "cache"} <= found.keys()
    assert found["numpy"].state == "ok"
    assert ("keras" in sys.modules) == before


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("RNNKIT_THREADS", "0", "RNNKIT_THREADS"),
        ("RNNKIT_DEVICE", "tpu", "RNNKIT_DEVICE"),
        ("KERAS_BACKEND", "torch", "backend"),
        ("RNNKIT_CONFIG_OVERRIDES", "train.epochs", "RNNKIT_CONFIG_OVERRIDES"),
        ("RNNKIT_DATA", "/nosuch", "data"),
        ("RNNKIT_CACHE_GB", "much", "RNNKIT_CACHE_GB"),
        ("RNNKIT_MIRROR", "http://nosuch.invalid", "RNNKIT_MIRROR"),
    ],
)
def test_examine_names_a_wrong_setting(
    name: str, value: str, finding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    found = findings()[finding]
    assert found.state == "broken"
    assert found.cure


def test_examine_names_a_variable_that_nothing_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNKIT_THREAD", "2")
    assert "RNNKIT_THREADS" in findings()["RNNKIT_THREAD"].cure


def test_examine_names_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "file" / "runs"))
    assert findings()["runs"].state == "broken"
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "new" / "runs"))
    assert findings()["runs"].state == "broken"
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "runs"))
    assert findings()["runs"].state == "ok"
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_examine_tells_a_damaged_library_from_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "path", lambda: tmp_path / "librnnkit.so")
    assert findings()["kernels"].state == "remark"
    (tmp_path / "librnnkit.so").write_bytes(b"damaged")
    (tmp_path / "librnnkit.sha256").write_text("0" * 64)
    library._load.cache_clear()
    found = findings()["kernels"]
    assert found.state == "broken"
    assert found.cure.lower() == kernels.CURE.lower()


def test_oldest_versions_exclude_development_tools() -> None:
    versions = doctor._oldest_versions()
    assert not {"ruff", "mypy"} & versions.keys()
