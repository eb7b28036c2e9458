"""Writes the tutorials of docs/tutorials/ as Jupyter notebooks, from the same pages: code becomes
cells, commands become `!rnnkit ...`, a file becomes `%%writefile`.

    python scripts/build_notebooks.py build/notebooks
    python scripts/build_notebooks.py build/notebooks --execute   # some of them, for a few epochs
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode, v4

REPO = Path(__file__).resolve().parent.parent
TUTORIALS = REPO / "docs" / "tutorials"
FENCE = re.compile(
    r'(?P<reason>^<!-- not run: [^\n]* -->\n)?^```(?P<language>\w*)(?: title="(?P<title>[^"]*)")?\n'
    r"(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE)
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

EXECUTED = ("dataframe", "fable", "forecast", "gates")
SMALL = {"RNNKIT_CONFIG_OVERRIDES": "train.epochs=2", "RNNKIT_RUNS": "runs"}
FAILING_COMMANDS_RAISE = """\
def checked(command, system=get_ipython().system):
    system(command)
    if get_ipython().user_ns["_exit_code"]:
        raise RuntimeError(f"{command}: exit code {get_ipython().user_ns['_exit_code']}")

get_ipython().system = checked
"""
"""A first cell: after `!command` a notebook goes on, whatever the exit code."""


def as_jupytext(block: re.Match[str]) -> str:
    """A fence as jupytext reads it: `python` is a cell, no language of Jupyter a text."""
    text = block["text"]
    if block["reason"]:
        return block[0].removeprefix(block["reason"]).replace("```sh", "```shell", 1)
    if block["title"]:
        text = f"%%writefile {block['title']}\n{text}"
    elif block["language"] == "console":
        text = "".join(f"!{line[2:]}\n" for line in text.splitlines() if line.startswith("$ "))
    elif block["language"] != "python":
        return block[0].replace("```sh", "```shell", 1)
    return f"```python\n{text}```"


def notebook(page: str) -> NotebookNode:
    """A page as a notebook, not executed."""
    book = jupytext.reads(COMMENT.sub("", FENCE.sub(as_jupytext, page)), fmt="md")
    book.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"  # jupytext's are random
    return book


def write_notebooks(folder: Path) -> list[Path]:
    """Writes each tutorial that has code to run."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for page in sorted(TUTORIALS.glob("*.md")):
        book = notebook(page.read_text(encoding="utf-8"))
        if any(cell.cell_type == "code" for cell in book.cells):
            written.append(folder / f"{page.stem}.ipynb")
            nbformat.write(book, written[-1])
    return written


def execute(path: Path) -> None:
    """Runs a notebook in a folder of its own, trainings for a few epochs.

    Raises:
        CellExecutionError: If a cell or a command fails.
    """
    book = nbformat.read(path, as_version=4)
    book.cells.insert(0, v4.new_code_cell(FAILING_COMMANDS_RAISE))
    os.environ.update(SMALL)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with tempfile.TemporaryDirectory() as place:
        NotebookClient(book, timeout=300, resources={"metadata": {"path": place}}).execute()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--execute", action="store_true", help=f"run {', '.join(EXECUTED)}")
    arguments = parser.parse_args()
    for path in write_notebooks(arguments.folder):
        print(path)
        if arguments.execute and path.stem in EXECUTED:
            execute(path)


if __name__ == "__main__":
    main()
