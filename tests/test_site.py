"""The pages that scripts/build_docs.py writes: every command, every key, every public name; and the
links between them. `make docs` builds the site.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import rnnkit
from rnnkit.cli import main
from rnnkit.registry import TASKS, offered
from tests.conftest import REPO
from tests.helpers.pages import page


def script(name: str) -> Any:
    """A module of scripts/."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(REPO / "scripts"))
        return importlib.import_module(name)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The generated pages by their names."""
    folder = tmp_path_factory.mktemp("generated")
    script("build_docs").write_pages(folder)
    return {path.name: path.read_text(encoding="utf-8") for path in Path(folder).iterdir()}


def commands(command: click.Command, path: str) -> Iterator[str]:
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")


def test_commands_page_has_every_command(written: dict[str, str]) -> None:
    headings = set(re.findall(r"^#+ (rnnkit .*)$", written["commands.md"], re.MULTILINE))
    assert headings == set(commands(main, "rnnkit")) - {"rnnkit"}


def test_config_page_has_every_component_and_where_its_links_lead(
    written: dict[str, str],
) -> None:
    page = written["config.md"]
    for kind in ("dataset", "tokenizer", "input", "layer", "optimizer", "schedule", "sampler"):
        named = set(re.findall(rf"^### {kind}: (\w+)$", page, re.MULTILINE))
        assert named == set(offered(kind))
    assert set(re.findall(r"^### Task: (\w+)$", page, re.MULTILINE)) == TASKS.keys()
    assert re.findall(r"^.*\|  \|$", page, re.MULTILINE) == []  # a key without a meaning
    anchors = re.findall(r"\{ #([\w.]+) \}", page)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([\w.]+)\)", page)) <= set(anchors)
    assert re.search(r"\| `units` \*short\* \| whole number \(>= 1.*\| \*\*required\*\* \|", page)


def test_python_page_has_every_public_name(written: dict[str, str]) -> None:
    named = re.findall(r"heading: rk\.(\w+)", written["python.md"])
    assert set(named) == set(rnnkit.__all__) - {"__version__"}
    for module, name in re.findall(r"^::: ([\w.]+)\.(\w+)$", written["python.md"], re.MULTILINE):
        source = (REPO / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
        assert re.search(rf"^(?:class|def) {name}\b", source, re.MULTILINE)


def test_notebooks_hold_the_code_of_their_tutorials(tmp_path: Path) -> None:
    """Which tests/test_pages.py runs."""
    paths = script("build_notebooks").write_notebooks(tmp_path)
    assert {path.stem for path in paths} == {
        "anomalies",
        "dataframe",
        "fable",
        "forecast",
        "gates",
        "memory",
        "names",
        "ship",
        "tagger",
        "translation",
    }
    for path in paths:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        expected = []
        for block in page(f"docs/tutorials/{path.stem}.md").blocks:
            if block.title:
                expected.append(f"%%writefile {block.title}\n{block.text.rstrip()}")
            elif block.language == "python":
                expected.append(block.text.rstrip())
            elif block.language == "console":
                expected.append("\n".join(f"!{call}" for call, _ in block.calls()))
        assert code == expected
        assert "<!--" not in "".join("".join(cell["source"]) for cell in cells)
