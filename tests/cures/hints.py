"""The hints that the sources write: strings that name a key, an option, a command or a name; and
which lines of the sources said a message.
"""

from __future__ import annotations

import ast
import contextlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

from rnnkit import errors
from rnnkit.config import mistakes
from rnnkit.config.mistakes import SECTIONS
from rnnkit.errors import RnnkitError
from tests.helpers.sources import SOURCES, sources

SAYS_WHAT_TO_DO = re.compile(r"`|Did you mean|\b(Add|Use|Write|Set|Remove|Name) (--|it\b|one\b)")
MAKES_A_HINT = re.compile(r"\b(did_you_mean|setting|require)\(")
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


PAGES = {"export/card.py"}
"""What writes a page, which is no message."""


Text = tuple[Any, str]
"""A string of the sources: its node of the syntax, and with {} for its expressions."""

Line = tuple[str, int]
"""A file of the sources, and a line of it."""


@dataclass(frozen=True)
class Hint:
    """A string of the sources that names what to do.

    Args:
        file: Where it is written.
        text: As it is written, with {} for what is only known when it is said.
        lines: Those of the function that it is written in; of two of the same words in a
            function, those of its own statement.
    """

    file: str
    text: str
    lines: range

    def said_in(self, message: str) -> bool:
        """Whether a message holds it."""
        start = 0
        for piece in self.text.split("{}"):
            start = message.find(piece, start)
            if start < 0:
                return False
            start += len(piece)
        return True

    def written_at(self, places: Iterable[Line]) -> bool:
        """Whether one of the lines that were running is its own."""
        return any(file == self.file and line in self.lines for file, line in places)


@dataclass
class Said:
    """What was said.

    Args:
        message: All of it.
        lines: Those that were running when it was made.
    """

    message: str
    lines: set[Line]

    @property
    def by_keys_alone(self) -> str:
        """The message, with a key alone for its whole path."""
        return re.sub(rf"`(?:{'|'.join(SECTIONS)})[\w.:]*\.(\w+)", r"`\1", self.message)


@contextlib.contextmanager
def listening() -> Iterator[set[Line]]:
    """The lines of the sources that are running whenever a message is made, or a name that was
    meant is found, or a key and its value are written.
    """
    lines = set[Line]()

    def spy(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            result = function(*arguments, **named)
            if result != []:
                lines.update(_running())
            return result

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RnnkitError, "__init__", spy(RnnkitError.__init__))
        patch.setattr(click.UsageError, "__init__", spy(click.UsageError.__init__))
        patch.setattr(mistakes, "PydanticCustomError", spy(mistakes.PydanticCustomError))
        for helper in ("nearest", "_in_yaml", "_path_of"):
            patch.setattr(errors, helper, spy(getattr(errors, helper)))
        yield lines


def _running() -> Iterator[Line]:
    frame = sys._getframe(2)
    while frame is not None:
        if (file := _source(frame.f_code.co_filename)) is not None:
            yield file, frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]


@cache
def _source(file: str) -> str | None:
    path = Path(file)
    return path.relative_to(SOURCES).as_posix() if path.is_relative_to(SOURCES) else None


def hints() -> Iterator[Hint]:
    """All of them."""
    for file, tree in _trees().items():
        if file in PAGES:
            continue
        texts = [(node, text) for node, text in _texts(tree) if re.search("[a-z]{2}", text)]
        texts = [one for one in texts if not _is_part(one, texts)]
        statements = [one for one in ast.walk(tree) if isinstance(one, ast.stmt) and texts]
        for node, text in texts:  # of letters, else it is a pattern of marks
            around = [one for one in statements if node.lineno in _lines(one)]
            alike = [other for other, words in texts if words == text]
            yield Hint(file, text, _own_lines(around, alike))


def calls_of(name: str) -> Iterator[tuple[str, ...]]:
    """The strings that each call of a function in the sources begins with."""
    for tree in _trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) == name and node.args:
                texts = [_text(argument) for argument in node.args]
                if None not in texts:
                    yield tuple(filter(None, texts))


@cache
def _trees() -> dict[str, ast.AST]:
    """The syntax of each file of the sources that may hold a hint."""
    texts = {path: (SOURCES / path).read_text(encoding="utf-8") for path in sources()}
    return {
        path.as_posix(): sources()[path]
        for path, text in texts.items()
        if SAYS_WHAT_TO_DO.search(text) or MAKES_A_HINT.search(text)
    }


def _is_part(one: Text, texts: Sequence[Text]) -> bool:
    """Whether a text is part of another one that is written on its line."""
    (node, text) = one
    return any(text in other and text != other and node.lineno == at.lineno for at, other in texts)


def _own_lines(around: Sequence[ast.stmt], alike: Sequence[ast.AST]) -> range:
    """The lines of the innermost function around a text; of its statement, where the function has
    the text twice.

    Args:
        around: The statements around the text.
        alike: All of this text in the file.
    """
    functions = [one for one in around if isinstance(one, ast.FunctionDef)]
    if not functions:
        return range(0)
    innermost = max(functions, key=lambda one: one.lineno)
    is_twice = sum(other.lineno in _lines(innermost) for other in alike) > 1  # type: ignore[attr-defined]
    return _lines(max(around, key=lambda one: one.lineno) if is_twice else innermost)


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _texts(node: ast.AST) -> Iterator[Text]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Call):
        if (called := _name(node.func)) in DESCRIPTIONS:
            return
        if (text := _text(node)) is not None:
            yield node, text
            return
        arguments = [_text(argument) for argument in node.args]
        if called in MISTAKES and any(map(_says_what_to_do, arguments)):
            yield node, "{}".join(filter(None, arguments))
            arguments = [None if text else "" for text in arguments]
            left = [arg for arg, text in zip(node.args, arguments, strict=True) if text == ""]
            for argument in left:
                yield from _texts(argument)
            return
    if (text := _text(node)) is not None:
        if _says_what_to_do(text):
            yield node, text
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
    if isinstance(node, ast.Call) and _name(node.func) in ("setting", "setting_name"):
        key = node.args[0]
        return f"`{key.value}{{}}" if isinstance(key, ast.Constant) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "{}" for part in node.values)
    if isinstance(node, ast.FormattedValue) and node.conversion == -1:
        return _text(node.value)
    return None
