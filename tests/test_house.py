"""The house rules of the sources: short files and functions, and no `Any` where a workflow meets a
task.

What breaks a rule today stands in a list of its own. The lists only shrink: a new offender fails
here, and so does a name that offends no more and still stands there.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import REPO
from tests.helpers.sources import SOURCES, sources

FILE_LINES = 250
FUNCTION_LINES = 60

LITERAL_TABLES = {"registry.py"}
"""Files that list names and nothing else."""

TYPED = {"task", "config", "codec", "data", "outputs", "predictor"}
"""What workflows ask for by its own type, so that mypy checks every call."""

LONG_FILES: set[str] = set()
LONG_FUNCTIONS: set[str] = set()
UNTYPED: set[str] = set()

Function = ast.FunctionDef | ast.AsyncFunctionDef


def trees(room: str = "") -> Iterator[tuple[str, ast.Module]]:
    yield from ((str(path), tree) for path, tree in sources().items() if str(path).startswith(room))


def definitions(node: ast.AST, outer: str = "") -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """Every class and function, by its name with the names of those around it."""
    for child in ast.iter_child_nodes(node):
        name = outer
        if isinstance(child, ast.ClassDef | Function):
            name = f"{outer}.{child.name}".lstrip(".")
            yield name, child
        yield from definitions(child, name)


def says_any(annotation: ast.expr | None) -> bool:
    """Whether it is `Any`, or `Any | None`; `Task[Any]` is a task."""
    if isinstance(annotation, ast.BinOp):
        return says_any(annotation.left) or says_any(annotation.right)
    return isinstance(annotation, ast.Name) and annotation.id == "Any"


def annotations(node: ast.ClassDef | Function) -> Iterator[tuple[str, ast.expr | None]]:
    """The parameters of a function, and what a class or a function annotates in its own lines."""
    if isinstance(node, Function):
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            yield argument.arg, argument.annotation
    for child in ast.walk(node):
        if isinstance(child, ast.AnnAssign):
            target = child.target
            if isinstance(target, ast.Name | ast.Attribute):
                yield target.id if isinstance(target, ast.Name) else target.attr, child.annotation


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if len(path.read_text(encoding="utf-8").splitlines()) > FILE_LINES
    }
    assert long - LITERAL_TABLES == LONG_FILES


def test_functions_are_short() -> None:
    assert {
        f"{file}: {name}"
        for file, tree in trees()
        for name, node in definitions(tree)
        if isinstance(node, Function) and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    } == LONG_FUNCTIONS


def test_workflows_name_the_types_of_a_task() -> None:
    assert {
        f"{file}: {name}({parameter})"
        for file, tree in trees("workflows/")
        for name, node in definitions(tree)
        for parameter, annotation in annotations(node)
        if parameter in TYPED and says_any(annotation)
    } == UNTYPED


def test_ruff_exceptions_are_those_that_are_needed() -> None:
    """pyproject.toml lists each file that has too many arguments, branches or ways, by rule."""
    ruff = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    listed = {
        (file, code)
        for file, codes in ruff["lint"].get("per-file-ignores", {}).items()
        for code in codes
    }
    limits = [f"lint.pylint.{name}={value}" for name, value in ruff["lint"]["pylint"].items()] + [
        f"lint.mccabe.max-complexity={ruff['lint']['mccabe']['max-complexity']}"
    ]
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--exit-zero"]
    command += ["--select", "C901,PLR0912,PLR0913", "--output-format", "json"]
    command += [word for limit in limits for word in ("--config", limit)]
    done = subprocess.run(
        [*command, "rnnkit", "tests", "scripts"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=True,
    )
    needed = {
        (str(Path(finding["filename"]).relative_to(REPO)), finding["code"])
        for finding in json.loads(done.stdout)
    }
    assert needed == listed


def test_the_command_line_prints_in_one_place() -> None:
    """What a label or a name says never reaches a terminal raw: rnnkit/cli/output.py."""
    prints = re.compile(r"\bclick\.(s?echo|style)\b|^ *print\((?!.*file=)", re.MULTILINE)
    assert {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if prints.search(path.read_text(encoding="utf-8"))
    } == {"cli/output.py"}
