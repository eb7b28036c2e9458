from __future__ import annotations

import pytest

from rnnkit.registry import DATASETS
from tests.cli.invoke import done


def test_datasets_list_has_a_line_for_every_data_set() -> None:
    lines = done("datasets", "list").stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == sorted(DATASETS)
    assert all(len(line.split()) > 2 for line in lines)


@pytest.mark.parametrize("name", DATASETS)
def test_datasets_show_describes_a_data_set(name: str) -> None:
    lines = done("datasets", "show", name).stdout.splitlines()
    assert lines[0].startswith(f"{name}: ")
    assert any(line.startswith("origin: ") and len(line) > len("origin: ") for line in lines)


def test_datasets_show_lists_the_options() -> None:
    text = done("datasets", "show", "text").stdout
    assert "path: a text file, a list of files, or a folder (required)" in text
    assert "encoding: default 'utf-8'" in text


def test_datasets_fetch_skips_what_comes_with_rnnkit() -> None:
    assert (
        done("datasets", "fetch", "fable").stdout == "fable: comes with rnnkit: nothing to fetch\n"
    )
