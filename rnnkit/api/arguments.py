"""The types of arguments: one of another type is refused with a message that names it."""

from __future__ import annotations

import functools
import inspect
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, get_args

from rnnkit.config.mistakes import shown
from rnnkit.errors import RnnkitError
from rnnkit.python_messages import messages_in_python
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import Oov
from rnnkit.workflows.engines import ENGINES

P = ParamSpec("P")
R = TypeVar("R")

Pathlike = str | os.PathLike[str]
QueryData = str | Iterable[Any] | os.PathLike[str]
"""A text, several texts or sequences of numbers, or a file of them."""


@dataclass(frozen=True)
class _Kind:
    """The type of an argument.

    Args:
        takes: Whether a value is of this type.
        words: The type in words.
    """

    takes: Callable[[Any], bool]
    words: str


def _one_of(*kinds: type[Any]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds)


def _whole(least: int) -> _Kind:
    def takes(value: Any) -> bool:
        return hasattr(value, "__index__") and not isinstance(value, bool) and value >= least

    return _Kind(takes, f"a whole number of at least {least}")


def _is_callbacks(value: Any) -> bool:
    is_each_once = isinstance(value, Sequence) and len({*map(id, value)}) == len(value)
    return is_each_once and all(hasattr(callback, "on_epoch_end") for callback in value)


def _is_positive(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value < math.inf


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


_TEXT = _Kind(_one_of(str), "text")
_PATH = _Kind(_one_of(str, os.PathLike), "a path")
_RUN = _Kind(
    lambda value: isinstance(value, str | os.PathLike) or isinstance(_folder(value), RunFolder),
    "a run: its name, its folder, or what `rnnkit.load_run` returns",
)
_FLAG = _Kind(_one_of(bool), "True or False")
_COUNT = _whole(1)

_TAKES: dict[str, _Kind] = {
    "config": _Kind(
        _one_of(str, os.PathLike, Mapping),
        "the path of a config, the name of a shipped one, or a mapping",
    ),
    "overrides": _Kind(
        _one_of(str, Mapping), 'assignments such as "train.epochs=3" or {"train.epochs": 3}'
    ),
    "callbacks": _Kind(_is_callbacks, "a list of keras callbacks, each once"),
    "name": _RUN,
    "run": _RUN,
    "init_from": _RUN,
    "parts": _Kind(
        _one_of(str), "names of parts, such as 'validation'; data to score are given as data="
    ),
    "scores": _TEXT,
    "ax": _Kind(lambda value: hasattr(value, "plot"), "axes of matplotlib"),
    "seed": _TEXT,
    "condition": _TEXT,
    "column": _TEXT,
    "words": _Kind(_one_of(str), "words"),
    "layer": _Kind(_one_of(str), "the name of a layer"),
    "device": _TEXT,
    "backend": _TEXT,
    "oov": _Kind(lambda value: value in get_args(Oov), f"one of: {', '.join(get_args(Oov))}"),
    "engine": _Kind(lambda value: value in ENGINES, f"one of: {', '.join(ENGINES)}"),
    "output": _PATH,
    "plot": _PATH,
    "windows": _PATH,
    "top": _COUNT,
    "horizon": _COUNT,
    "jobs": _COUNT,
    "errors": _whole(0),
    "threshold": _Kind(_is_probability, "a number from 0 to 1"),
    "epochs": _COUNT,
    "int8": _FLAG,
    "max_loss": _Kind(_is_positive, "a number of at least 0"),
    "smoke": _FLAG,
    "stream": _FLAG,
    "verbose": _FLAG,
    "overwrite": _FLAG,
}
"""The type of each argument by its name, in any function; an optional one may be None."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """A decorator that checks arguments against `_TAKES`, and makes errors name arguments, not
    options.

    Raises:
        RnnkitError: With the argument, what was found and what is expected.
    """
    parameters = inspect.signature(function).parameters
    names = [
        name
        for name, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    variadic = inspect.Parameter.VAR_POSITIONAL
    rest = next(
        (name for name, parameter in parameters.items() if parameter.kind == variadic), None
    )

    @functools.wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> R:
        # too many, too few or unknown arguments: Python itself reports them best
        for name, value in (*zip(names, arguments, strict=False), *named.items()):
            is_left_out = value is None and name in parameters and parameters[name].default is None
            if name in _TAKES and not is_left_out:
                _require(name, value)
        if rest in _TAKES:
            for value in arguments[len(names) :]:
                _require(rest, value)
        with messages_in_python():
            return function(*arguments, **named)

    return call


def _require(name: str, value: Any) -> None:
    kind = _TAKES[name]
    if not kind.takes(value):
        raise RnnkitError(name, f"found {shown(value)}", f"Expected {kind.words}")


def run_name(run: Any) -> str | None:
    """The name of a run from any of the objects that may name one."""
    folder = _folder(run)
    if isinstance(folder, RunFolder):
        return str(folder.path.resolve())
    return None if run is None else os.fspath(run)


def _folder(run: Any) -> Any:
    return getattr(run, "folder", None)


def path_of(path: Any, name: str = "data") -> str | None:
    """A path as text.

    Raises:
        RnnkitError: If it is not a path, with the argument's name.
    """
    if path is None or isinstance(path, str | os.PathLike):
        return None if path is None else os.fspath(path)
    raise RnnkitError(name, f"found {shown(path)}", "Expected a path")
