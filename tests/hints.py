"""The hints that the sources write: strings that name a key, an option, a command or a name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.conftest import REPO

SOURCES = REPO / "rnnkit"
SAYS_WHAT_TO_DO = re.compile(r"`|Did you mean|\b(Add|Use|Write|Set|Remove|Name) (--|it\b|one\b)")
MISTAKES = {"RnnkitError", "ShapeMistake", "mistake", "add", "wrong", "UsageError"}
"""Calls whose strings are one message."""

DESCRIPTIONS = {
    "Field",
    "Option",
    "Argument",
    "option",
    "argument",
    "compile",
    "sub",
    "match",
    "findall",
}
"""Calls whose strings are help texts or patterns, not messages."""


@dataclass(frozen=True)
class Hint:
    """A string of the sources that names what to do.

    Args:
        file: Where it is written.
        text: As it is written, with {} for what is only known when it is said.
    """

    file: str
    text: str

    def said_in(self, message: str) -> bool:
        """Whether a message holds it."""
        pieces = map(re.escape, self.text.split("{}"))
        return re.search(".*?".join(pieces), message, re.DOTALL) is not None


def hints() -> Iterator[Hint]:
    """All of them."""
    for path in sorted(SOURCES.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for text in _texts(tree):
            if re.search("[a-z]{2}", text):  # else it is a pattern of marks
                yield Hint(path.relative_to(SOURCES).as_posix(), text)


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Call):
        if (called := _name(node.func)) in DESCRIPTIONS:
            return
        if (text := _text(node)) is not None:
            yield text
            return
        arguments = [_text(argument) for argument in node.args]
        if called in MISTAKES and any(map(_says_what_to_do, arguments)):
            yield "{}".join(filter(None, arguments))
            arguments = [None if text else "" for text in arguments]
            left = [arg for arg, text in zip(node.args, arguments, strict=True) if text == ""]
            for argument in left:
                yield from _texts(argument)
            return
    if (text := _text(node)) is not None:
        if _says_what_to_do(text):
            yield text
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _says_what_to_do(text: str | None) -> bool:
    return text is not None and SAYS_WHAT_TO_DO.search(text) is not None


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.AST) -> str | None:
    """A string, with {} for its expressions."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Call) and _name(node.func) == "did_you_mean":
        return "Did you mean "
    if isinstance(node, ast.Call) and _name(node.func) == "setting":
        key = node.args[0]
        return f"`{key.value}{{}}" if isinstance(key, ast.Constant) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "{}" for part in node.values)
    return _text(node.value) if isinstance(node, ast.FormattedValue) else None
