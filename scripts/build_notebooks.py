"""Writes the tutorials of docs/tutorials/ as Jupyter notebooks, from the same pages: code becomes
cells, commands become `!rnnkit ...`, a file becomes `%%writefile`.

    python scripts/build_notebooks.py build/notebooks
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parent.parent
TUTORIALS = REPO / "docs" / "tutorials"
FENCE = re.compile(
    r'(?:^<!-- not run: [^\n]* -->\n)?^```(\w*)(?: title="([^"]*)")?\n(.*?)^```$\n?',
    re.DOTALL | re.MULTILINE,
)
REASON = "<!-- not run: "
COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE)


def code_of(block: re.Match[str]) -> str | None:
    """The cell of a block; None for one that stays text."""
    language, title, text = block[1], block[2], block[3].rstrip("\n")
    if block[0].startswith(REASON):
        return None
    if title:
        return f"%%writefile {title}\n{text}"
    if language == "console":
        calls = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
        return "\n".join(f"!{call}" for call in calls)
    return text if language == "python" else None


def cells_of(page: str) -> list[dict[str, Any]]:
    """The cells of a page, in its order."""
    cells: list[dict[str, Any]] = []
    prose, end = "", 0

    def write_prose() -> None:
        if COMMENT.sub("", prose).strip():
            cells.append(cell("markdown", COMMENT.sub("", prose).strip()))

    for block in FENCE.finditer(page):
        prose += page[end : block.start()]
        end = block.end()
        code = code_of(block)
        if code is None:
            prose += block[0]
            continue
        write_prose()
        prose = ""
        cells.append(cell("code", code))
    prose += page[end:]
    write_prose()
    return cells


def cell(kind: str, text: str) -> dict[str, Any]:
    source = text.splitlines(keepends=True)
    if kind == "markdown":
        return {"cell_type": "markdown", "metadata": {}, "source": source}
    empty = {"execution_count": None, "outputs": []}
    return {"cell_type": "code", "metadata": {}, "source": source, **empty}


def notebook(page: str) -> dict[str, Any]:
    """A page as a notebook (nbformat 4.4), not executed."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells_of(page),
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def write_notebooks(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for page in sorted(TUTORIALS.glob("*.md")):
        content = notebook(page.read_text(encoding="utf-8"))
        if all(cell["cell_type"] == "markdown" for cell in content["cells"]):
            continue
        path = folder / f"{page.stem}.ipynb"
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    for path in write_notebooks(parser.parse_args().folder):
        print(path)


if __name__ == "__main__":
    main()
