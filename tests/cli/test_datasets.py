from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from rnnkit.cache import Cache
from rnnkit.registry import offered
from tests.cli.invoke import done


def test_datasets_list_has_a_line_for_every_data_set() -> None:
    lines = done("datasets", "list").stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == offered("dataset")
    assert all(len(line.split()) > 2 for line in lines)
    known = json.loads(done("datasets", "list", "--json").stdout)
    assert [one["name"] for one in known] == offered("dataset")
    assert json.loads(done("datasets", "show", "text", "--json").stdout) in known


@pytest.mark.parametrize("name", offered("dataset"))
def test_datasets_show_describes_a_data_set(name: str) -> None:
    lines = done("datasets", "show", name).stdout.splitlines()
    assert lines[0].startswith(f"{name}: ")
    assert any(line.startswith("origin: ") and len(line) > len("origin: ") for line in lines)
    assert not any("\\n" in line for line in lines)


def test_datasets_show_lists_the_options() -> None:
    text = done("datasets", "show", "text").stdout
    assert "path: a text file, a list of files, or a folder (required)" in text
    assert re.search(r"encoding: .*default 'utf-8'", text)


def test_datasets_fetch_skips_what_comes_with_rnnkit() -> None:
    assert (
        done("datasets", "fetch", "fable").stdout == "fable: comes with rnnkit: nothing to fetch\n"
    )


def test_datasets_cache_says_what_is_kept_and_clears_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "off" in done("datasets", "cache").stdout
    assert "removed" not in done("datasets", "cache", "--clear").stdout
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path))
    (tmp_path / "download.txt").write_text("a book")
    Cache.of_environment().put("one", {"x": np.zeros(100)})
    assert f"{tmp_path}/computed: 1 result " in done("datasets", "cache").stdout
    assert "removed" in done("datasets", "cache", "--clear").stdout
    assert Cache.of_environment().size() == (0, 0)
    assert (tmp_path / "download.txt").exists()
