"""What the components in a user's file must give: what the method of rnnkit's gives that they
override. So a mistake in them is named where it is, not where its result is used.
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

MEANT = (RnnkitError, OSError, EOFError, UnicodeError, zlib.error)
"""What a component may raise: rnnkit explains it."""
OF_KERAS = ("project", "step", "scan")
"""Methods that keras calls, which makes errors of its own of those that it sees; `cells/probe.py`
checks them.
"""
LONGEST = 300  # characters of an error of the user's that are shown


def hold_to_contracts(module: ModuleType) -> None:
    """Checks a module's classes: their attributes now, and what their methods give when they are
    called.

    Raises:
        RnnkitError: If an attribute of a component is of another kind than rnnkit reads.
    """
    for component in list(vars(module).values()):
        if not isinstance(component, type) or component.__module__ != module.__name__:
            continue
        for name, value in list(vars(component).items()):
            base = _overridden(component, name)
            if inspect.isfunction(value) and inspect.isfunction(base) and name not in OF_KERAS:
                setattr(component, name, _held(value, base))
        if issubclass(component, Spec):
            _check_attributes(component)
            _check_fields(component)


def mistake_in_users_code(error: BaseException) -> RnnkitError | None:
    """The mistake in a user's file that an error came from; None if it came from elsewhere."""
    files = {getattr(sys.modules.get(name), "__file__", None) for name in USER_MODULES}
    frames = [frame for frame in _frames(error) if frame.filename in files]
    if not frames:
        return None
    where = f"{_shown(frames[-1].filename)}:{frames[-1].lineno}"
    return RnnkitError(
        where, described(error), "", "Correct the file; `rnnkit --debug ...` shows the traceback"
    )


def described(error: BaseException) -> str:
    """An error of the user's on one line."""
    text = str(error)
    if isinstance(error, ValidationError):
        places = [(".".join(map(str, line["loc"])), line["msg"]) for line in error.errors()]
        text = "; ".join(": ".join(filter(None, place)) for place in places)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.split(r"For further information visit|Arguments received by", text)[0]
    text = text.rpartition("Error encountered:")[2]  # keras' own story of it comes before
    text = " ".join(text.split())
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _overridden(component: type, name: str) -> Any:
    """The attribute of rnnkit's that a class overrides."""
    if name.startswith("_"):
        return None
    ours = [base for base in component.__mro__[1:] if base.__module__.startswith("rnnkit.")]
    return next((vars(base)[name] for base in ours if name in vars(base)), None)


def _check_attributes(component: type[Spec]) -> None:
    for name in sorted(component.__class_vars__ | component.model_fields.keys()):
        kind = attribute_kind(component, name)
        if kind is None:
            continue
        where = f"{_shown(inspect.getfile(component))}: {component.__qualname__}.{name}"
        if name in component.model_fields:
            expected = "Expected an attribute of the class"
            hint = f"Write `{name}: ClassVar = ...`, or without a type"
            raise RnnkitError(where, "a key of the config", expected, hint)
        value = vars(component).get(name)
        if value is not None and (found := kind.mistake(value)):
            raise RnnkitError(where, f"found {found[0]}", found[1], "Correct the file")


def _check_fields(component: type[Spec]) -> None:
    try:
        component.model_rebuild()
    except Exception as error:
        where = f"{_shown(inspect.getfile(component))}: {component.__qualname__}"
        expected = "Expected fields of types that its file defines or imports"
        raise RnnkitError(where, described(error), expected, "Correct the file") from error


def _held(method: Method, base: Callable[..., Any]) -> Method:
    """The method, which says where it fails and whether its result is of another kind than that
    of the one that it overrides.
    """
    kind, of_item = result_kind(base), item_kind(base)

    @functools.wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        with _explained(method, base):
            result = method(*arguments, **named)
        _require(method, kind, result, "returned")
        return result

    @functools.wraps(method)
    def each(*arguments: Any, **named: Any) -> Iterator[Any]:
        with _explained(method, base):
            items = iter(method(*arguments, **named))
        while True:
            with _explained(method, base):
                item = next(items, items)
            if item is items:
                return
            _require(method, of_item, item, "yielded")
            yield item

    return each if inspect.isgeneratorfunction(method) else call  # type: ignore[return-value]


def _require(method: Callable[..., Any], kind: Kind | None, value: Any, verb: str) -> None:
    if kind is not None and (found := kind.mistake(value)):
        raise RnnkitError(_place(method), f"{verb} {found[0]}", found[1], "Correct the file")


@contextlib.contextmanager
def _explained(method: Callable[..., Any], base: Callable[..., Any]) -> Iterator[None]:
    try:
        yield
    except MEANT:
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
            _place(method, line), described(error), expected, "Correct the file"
        ) from error


def _frames(error: BaseException) -> traceback.StackSummary:
    return traceback.extract_tb(error.__traceback__)


def _place(method: Callable[..., Any], line: int | None = None) -> str:
    function = inspect.unwrap(method)
    line = line or function.__code__.co_firstlineno
    return f"{_shown(inspect.getfile(function))}:{line}: {method.__qualname__}"


def _shown(file: str) -> str:
    """A path as a person names it: from the current folder where it lies below that."""
    below = Path(file).is_relative_to(Path.cwd())
    return os.path.relpath(file) if below else file
