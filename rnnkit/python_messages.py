"""Messages in the words of their reader: an option of the command line is an argument in Python,
and a field in a request.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from contextvars import ContextVar

from rnnkit.errors import IN_MEMORY, RnnkitError, at
from rnnkit.platform.shell import split
from rnnkit.progress import log

ARGUMENTS = {
    "input": "data",
    "part": "parts",
    "sampler": "samplers",
    "class": "label",
    "word": "words",
}
"""The options whose argument has another name."""

SWITCHES = ("overwrite", "smoke", "allow-changes")
_NAMED = (*IN_MEMORY, "epochs")  # arguments that a hint already names as Python does
_CODE = re.compile(r"`([^`]*)`")
_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*)")
_ADDED = re.compile(rf"\badd --({'|'.join(SWITCHES)})\b")
_ASKED = re.compile(
    r"rnnkit (generate|predict|forecast|anomalies|evaluate) --([a-z][a-z-]*)(?: [A-Z]+)?"
)
_PYTHON = re.compile(r"""\w+=(['"\[{]|True\b|False\b|None\b)""")  # an argument with its value
_TRANSLATES: ContextVar[bool] = ContextVar("called from Python", default=False)


def in_python(text: str) -> str:
    """A message of the command line in Python's words; whole commands stay as they are."""
    pieces = _CODE.split(text)
    pieces[1::2] = [f"`{_code(piece)}`" for piece in pieces[1::2]]
    pieces[::2] = [_prose(piece) for piece in pieces[::2]]
    return "".join(pieces)


def _prose(text: str) -> str:
    added = _ADDED.sub(lambda option: f"add {argument(option[1])}=True", text)
    return _OPTION.sub(lambda option: argument(option[1]), added)


def argument(option: str) -> str:
    """The argument of an option: max_new_tokens for "max-new-tokens"."""
    return ARGUMENTS.get(option, option.replace("-", "_"))


def _code(code: str) -> str:
    """The Python form of the code between two backticks."""
    name, _, value = code.partition(" ")
    if name == "--code":
        return f"import {value.removesuffix('.py')}"
    if asked := _ASKED.fullmatch(code):
        return f"run.{asked[1]}(..., {argument(asked[2])}=...)"
    if name.startswith("--"):
        return f"{argument(name[2:])}={_literal(value)}" if value else argument(name[2:])
    if _PYTHON.match(code) or code.partition("=")[0] in _NAMED:
        return code
    if re.match(r"\"?\w+=", code):
        return f"rnnkit.file_keys({split(code)[0]!r})"
    return code


def _literal(value: str) -> str:
    """A value of the command line as a Python literal."""
    (word,) = split(value)
    return word if re.fullmatch(r"-?\d+(\.\d+)?", word) else repr(word)


@contextlib.contextmanager
def messages_in_python() -> Iterator[None]:
    """Errors and remarks raised inside name arguments, not options."""
    if _TRANSLATES.get():  # the outermost call translates
        yield
        return
    token = _TRANSLATES.set(True)
    try:
        yield
    except RnnkitError as error:
        for mistake in error.errors:
            _translate(mistake)
        raise
    finally:
        _TRANSLATES.reset(token)


@contextlib.contextmanager
def key_as_argument(key: str, name: str) -> Iterator[None]:
    """Errors about a key name the argument that sets it.

    Args:
        key: The key as in an override: "train.epochs".
        name: The argument: "epochs".
    """
    try:
        yield
    except RnnkitError as error:
        for mistake in error.errors:
            _shorten(mistake, key, name)
        raise


def _shorten(error: RnnkitError, key: str, name: str) -> None:
    if error.where.startswith(f"command line: {key}="):
        error.where = error.where.removeprefix("command line: ").replace(key, name)
        error.hint = error.hint.replace(f"`{key}=", f"`{name}=")


def iterator_in_python(pieces: Iterator[str], place: str) -> Iterator[str]:
    """An iterator whose errors name arguments; it fails at once if its first item does.

    Args:
        pieces: The iterator.
        place: The argument that its errors are about.
    """

    def following() -> str | None:
        with messages_in_python(), at(place):
            return next(pieces, None)

    def each(piece: str | None) -> Iterator[str]:
        while piece is not None:
            yield piece
            piece = following()

    return each(following())


def _translate(error: RnnkitError) -> None:
    where = re.sub(r"^command line(?=: )", "overrides", error.where)
    error.where, error.got = _prose(where), _prose(error.got)
    error.expected, error.hint = in_python(error.expected), in_python(error.hint)


def _translated(record: logging.LogRecord) -> bool:
    if _TRANSLATES.get():
        record.msg, record.args = in_python(record.getMessage()), ()
    return True


log.addFilter(_translated)
