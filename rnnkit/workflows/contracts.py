"""Type checks of user-defined components: a method must return what the rnnkit method that it
overrides returns, so that an error names the user's line, not the place that uses the result.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import re
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from pydantic import ValidationError

from rnnkit.config.complete import signature
from rnnkit.config.spec import Spec
from rnnkit.errors import RnnkitError
from rnnkit.registry import USER_MODULES
from rnnkit.workflows.kinds import Kind, attribute_kind, item_kind, result_kind

Method = TypeVar("Method", bound=Callable[..., Any])

EXPLAINED_ERRORS = (RnnkitError, OSError, EOFError, UnicodeError, zlib.error)
"""Errors that a component may raise, because rnnkit explains them to the user."""
CALLED_BY_KERAS = ("project", "step", "scan")
"""Methods that Keras calls and whose errors it replaces by its own; `cells/probe.py` checks them.
"""
MAX_ERROR_CHARACTERS = 300


def enforce_contracts(module: ModuleType) -> None:
    """Checks the attributes of a module's classes now, and the results of their methods at each
    call.

    Raises:
        RnnkitError: If an attribute of a component has the wrong type.
    """
    for component in list(vars(module).values()):
        if not isinstance(component, type) or component.__module__ != module.__name__:
            continue
        for name, value in list(vars(component).items()):
            base = _overridden(component, name)
            if (
                inspect.isfunction(value)
                and inspect.isfunction(base)
                and name not in CALLED_BY_KERAS
            ):
                setattr(component, name, _checked(value, base))
        if issubclass(component, Spec):
            _check_attributes(component)
            _check_fields(component)


def mistake_in_users_code(error: BaseException) -> RnnkitError | None:
    """An error that was raised below a user's file, with the line there; None for any other."""
    files = {getattr(sys.modules.get(name), "__file__", None) for name in USER_MODULES}
    frames = [frame for frame in _frames(error) if frame.filename in files]
    if not frames:
        return None
    where = f"{_display_path(frames[-1].filename)}:{frames[-1].lineno}"
    return RnnkitError(
        where,
        describe_error(error),
        "",
        "Correct the file; `rnnkit --debug ...` shows the traceback",
    )


def describe_error(error: BaseException) -> str:
    """An error of the user's code, as one line of at most `MAX_ERROR_CHARACTERS` characters."""
    text = str(error)
    if isinstance(error, ValidationError):
        places = [(".".join(map(str, line["loc"])), line["msg"]) for line in error.errors()]
        text = "; ".join(": ".join(filter(None, place)) for place in places)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.split(r"For further information visit|Arguments received by", text)[0]
    text = text.rpartition("Error encountered:")[2]  # removes the prefix that Keras adds
    text = " ".join(text.split())
    text = text if len(text) <= MAX_ERROR_CHARACTERS else f"{text[: MAX_ERROR_CHARACTERS - 3]}..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _overridden(component: type, name: str) -> Any:
    """The rnnkit attribute that a class overrides; None if there is none or it is private."""
    if name.startswith("_"):
        return None
    bases = [base for base in component.__mro__[1:] if base.__module__.startswith("rnnkit.")]
    return next((vars(base)[name] for base in bases if name in vars(base)), None)


def _check_attributes(component: type[Spec]) -> None:
    for name in sorted(component.__class_vars__ | component.model_fields.keys()):
        kind = attribute_kind(component, name)
        if kind is None:
            continue
        where = f"{_display_path(inspect.getfile(component))}: {component.__qualname__}.{name}"
        if name in component.model_fields:
            expected = "Expected an attribute of the class"
            hint = f"Write `{name}: ClassVar = ...`, or without a type"
            raise RnnkitError(where, "a key of the config", expected, hint)
        value = vars(component).get(name)
        if value is not None and (mistake := kind.mistake(value)):
            got, expected = mistake
            raise RnnkitError(where, f"found {got}", expected, "Correct the file")


def _check_fields(component: type[Spec]) -> None:
    try:
        component.model_rebuild()
    except Exception as error:
        where = f"{_display_path(inspect.getfile(component))}: {component.__qualname__}"
        expected = "Expected fields of types that its file defines or imports"
        raise RnnkitError(where, describe_error(error), expected, "Correct the file") from error


def _checked(method: Method, base: Callable[..., Any]) -> Method:
    """Wraps a method so that its errors name its line, and so that its result, or each item that it
    yields, is checked against the annotation of the method that it overrides.
    """
    returned_kind, yielded_kind = result_kind(base), item_kind(base)

    @functools.wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        with _located_errors(method, base):
            result = method(*arguments, **named)
        _require(method, returned_kind, result, "returned")
        return result

    @functools.wraps(method)
    def iterate(*arguments: Any, **named: Any) -> Iterator[Any]:
        with _located_errors(method, base):
            items = iter(method(*arguments, **named))
        while True:
            with _located_errors(method, base):
                item = next(items, items)
            if item is items:
                return
            _require(method, yielded_kind, item, "yielded")
            yield item

    return iterate if inspect.isgeneratorfunction(method) else call  # type: ignore[return-value]


def _require(method: Callable[..., Any], kind: Kind | None, value: Any, verb: str) -> None:
    if kind is not None and (mistake := kind.mistake(value)):
        got, expected = mistake
        raise RnnkitError(_place(method), f"{verb} {got}", expected, "Correct the file")


@contextlib.contextmanager
def _located_errors(method: Callable[..., Any], base: Callable[..., Any]) -> Iterator[None]:
    """Raises errors of a method as errors that name its line."""
    try:
        yield
    except EXPLAINED_ERRORS:
        raise
    except NotImplementedError:
        got, expected = "not there", f"Expected {signature(method.__name__, base)}"
        raise RnnkitError(_place(method), got, expected, "Define it") from None
    except Exception as error:
        file = inspect.getfile(method)
        lines = [frame.lineno for frame in _frames(error) if frame.filename == file]
        expected = "" if lines else f"Expected {signature(method.__name__, base)}"
        line = lines[-1] if lines else None
        raise RnnkitError(
            _place(method, line), describe_error(error), expected, "Correct the file"
        ) from error


def _frames(error: BaseException) -> traceback.StackSummary:
    return traceback.extract_tb(error.__traceback__)


def _place(method: Callable[..., Any], line: int | None = None) -> str:
    function = inspect.unwrap(method)
    line = line or function.__code__.co_firstlineno
    return f"{_display_path(inspect.getfile(function))}:{line}: {method.__qualname__}"


def _display_path(file: str) -> str:
    """A path for messages: relative if it is in the current folder."""
    is_inside = Path(file).is_relative_to(Path.cwd())
    return os.path.relpath(file) if is_inside else file
