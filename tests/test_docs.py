"""docs/architecture.md says what is so: the levels, the files and folders that it names."""

from __future__ import annotations

import re

import pytest

from tests.conftest import REPO
from tests.test_imports import LEVELS

PAGE = (REPO / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = {
    path.stem
    for path in (REPO / "rnnkit").iterdir()
    if path.suffix == ".py" or (path / "__init__.py").exists()
} - {"__init__", "__main__"}
TASKS = sorted(
    path.parent for path in (REPO / "rnnkit" / "tasks").glob("*/task.py")
)  # one package each


def test_architecture_page_has_the_order_of_imports() -> None:
    (order,) = re.findall(r"^```text\n(\w+ -> .*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    levels = [set(level.split(" | ")) for level in re.split(r"\s+->\s+", order.strip())]
    assert levels == [existing for level in LEVELS if (existing := set(level) & PACKAGES)]


def test_architecture_page_names_every_package() -> None:
    assert {name for level in LEVELS for name in level} >= PACKAGES


def named() -> list[str]:
    """The files and folders of the project on the page."""
    return sorted(set(re.findall(r"`([\w/*]+(?:\.py|/))`", PAGE)))


@pytest.mark.parametrize("name", named())
def test_docs_name_existing_files(name: str) -> None:
    rooms = {path.name for path in TASKS[0].iterdir()}
    folders = (REPO, REPO / "rnnkit", REPO / "rnnkit" / "data")
    if name in rooms - {"__init__.py"} and not (REPO / "rnnkit" / name).exists():
        assert [task.name for task in TASKS if not (task / name).exists()] == []
    else:  # a bare name follows one that is named in full
        paths = [path for folder in folders for path in folder.glob(name)]
        assert paths or ("/" not in name and list((REPO / "rnnkit").rglob(name)))


def test_docs_name_files() -> None:
    assert {"registry.py", "training/fit.py", "tests/test_imports.py", "tasks/"} <= set(named())
