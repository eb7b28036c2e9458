"""docs/security.md claims what a test holds, and names it."""

from __future__ import annotations

import re

import pytest

from tests.conftest import REPO

NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")


@pytest.mark.parametrize("page", ["docs/security.md", "docs/reference/platforms.md"])
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    named = NAMED.findall((REPO / page).read_text(encoding="utf-8"))
    assert len(named) >= 2
    for file, test in named:
        assert re.search(rf"^def {test}\b" if test else "", (REPO / file).read_text("utf-8"), re.M)


def test_security_names_no_address() -> None:
    text = (REPO / "SECURITY.md").read_text(encoding="utf-8")
    assert not re.search(r"https?://|@|\b\d+\.\d+\.\d+\.\d+\b", text)
