"""Data in memory as arguments of `rnnkit.train` and other functions."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from io import IOBase
from numbers import Rational
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from rnnkit.api.data_arguments import LISTS, NAMES, DataArguments
from rnnkit.config.mistakes import shown
from rnnkit.config.overrides import Assignment
from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.memory.data import PARTS, MemoryData
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.registry import FORMATS, lookup
from rnnkit.training.options import Train
from rnnkit.workflows.in_memory import InMemory, with_data

if TYPE_CHECKING:
    from rnnkit.api.run import Run
    from rnnkit.workflows.trained import Trained

_SPLIT = re.compile(r"`?\bdata\.split(?:\.(validation|test))?(?:: ([\d.]+)`)?")
_DATASET = re.compile(r"^data\.dataset(?:\.memory_\w+)?(?:\.(\w+))?(?=$|:)")
_DATA_OF_RUNS: WeakKeyDictionary[Run, MemoryData] = WeakKeyDictionary()


def keep_data_with(run: Run, data: MemoryData) -> None:
    """Makes a `Run` keep the data that it was trained on for as long as it lives."""
    _DATA_OF_RUNS[run] = data


@contextlib.contextmanager
def with_memory_data(
    config: str | Mapping[str, Any],
    overrides: Sequence[Assignment],
    data: object,
    arguments: Mapping[str, Any],
    function: str = "train",
) -> Iterator[tuple[Sequence[Assignment], MemoryData | None]]:
    """Puts data in memory in the place of those that a config names; errors inside name arguments.

    Args:
        config: A path, a name or a mapping.
        overrides: Assignments to its keys.
        data: The data; None if the config names them.
        arguments: As in `DataArguments`.
        function: The name of the function with these arguments.

    Yields:
        The overrides to use, and the data, which somebody must keep; None if there are none.

    Raises:
        TypeError: If there is no such argument.
        RnnkitError: If an argument is wrong.
    """
    memory_data = in_memory(data, arguments, function)
    if memory_data is None:
        with errors_suggest_data():
            yield overrides, None
        return
    overrides, held = with_data(config, overrides, memory_data)
    with errors_name_arguments():
        yield overrides, held


@contextlib.contextmanager
def errors_name_arguments() -> Iterator[None]:
    """Makes errors about data in memory name arguments instead of config keys."""
    try:
        yield
    except RnnkitError as error:
        for mistake in error.errors:
            mistake.where = _DATASET.sub(lambda key: key[1] or "data", mistake.where)
            mistake.where = mistake.where.removeprefix("overrides: ")
            for part in ("where", "expected", "hint"):
                setattr(mistake, part, _SPLIT.sub(_split_argument, getattr(mistake, part)))
        raise


@contextlib.contextmanager
def errors_suggest_data() -> Iterator[None]:
    """Makes the error about a config without data mention the argument `data`, too."""
    try:
        yield
    except RnnkitError as error:
        for mistake in error.errors:
            if re.search(r"(^|: )data(\.dataset)?$", mistake.where) and mistake.got == "missing":
                mistake.hint = "Name a data set there, or give data in memory: `data=...`"
        raise


def _split_argument(key: re.Match[str]) -> str:
    """The argument for a key of `data.split`."""
    name = key[1] or "validation"
    return name if key[2] is None else f"`{name}={key[2]}`"


def in_memory(
    data: object, arguments: Mapping[str, Any], function: str = "train"
) -> InMemory | None:
    """The data that the arguments describe; None if there are none.

    Args:
        data: The data to train on.
        arguments: As in `DataArguments`.
        function: The name of the function with these arguments.

    Raises:
        TypeError: If there is no such argument.
        RnnkitError: If an argument is passed without `data`, or has another type.
    """
    known = DataArguments.__annotations__
    for name in arguments:
        if name not in known:
            hint = did_you_mean(name, known)
            if name in Train.model_fields:
                hint = f'A key of the config is an override: {{"train.{name}": ...}}'
            got = f"{function}() got an unexpected keyword argument {name!r}"
            raise TypeError(f"{got}. {hint}".strip())
        if data is None:
            raise RnnkitError(name, "given without `data`", "Expected `data` as well")
    if data is None:
        return None
    keys = {
        name: _config_value(name, value)
        for name, value in arguments.items()
        if value is not None or name == "time"
    }
    held_out: dict[str, object] = {
        part: keys.pop(part) for part in ("validation", "test") if part in keys
    }
    share: Any
    for part, share in held_out.items():
        is_number = isinstance(share, float | int | Rational | np.generic)
        is_written = isinstance(share, str) and re.fullmatch(r"\s*[\d.]+\s*%?\s*", share)
        if is_written or (is_number and not 0 <= float(share) < 1):
            fraction = _percentage(share)
            raise RnnkitError(
                part,
                f"found {shown(share)}",
                "Expected a fraction from 0 to below 1, or data",
                f"Write `{part}={fraction:g}`" if fraction is not None else "",
            )
        held_out[part] = float(share) if is_number else _materialized(share)
    keep = keys.pop("keep_data", False)
    if not isinstance(keep, bool):
        raise RnnkitError("keep_data", f"found {keep!r}", "Expected True or False")
    return InMemory(_parts(_materialized(data)), held_out, keys, keep)


def further_data(trained: Trained, data: object, keys: Mapping[str, Any]) -> object:
    """Data to score: a path as text, data in memory with iterators turned into lists.

    Args:
        trained: The run that scores them.
        data: As in `Run.evaluate`.
        keys: How the data are read.

    Raises:
        RnnkitError: If a key describes the format of a file, and the data are in memory.
    """
    if data is None and keys:
        raise RnnkitError(next(iter(keys)), "given without data", "Expected `data` as well")
    if isinstance(data, str | os.PathLike):
        is_text = isinstance(trained.task.dataset, TextDataset) and " " in str(data)
        if is_text and not _is_file(data):
            hint = "A text stands in a list: `data=[text]`"
            raise RnnkitError("data", f"no such file: {str(data)!r}", "Expected a path", hint)
        return os.fspath(data)
    of_files = {key for name in FORMATS for key in lookup("format", name).model_fields}
    for key in keys:
        if key in of_files:
            got = "says how a file is written, and the data are in memory"
            raise RnnkitError(key, got, "Expected the path of a file as `data`")
    return _materialized(data)


def _is_file(path: str | os.PathLike[str]) -> bool:
    with contextlib.suppress(OSError, ValueError):  # a text may be longer than any path
        return Path(path).is_file()
    return False


def _stripped(name: Any) -> Any:
    return name.strip() if isinstance(name, str) else name


def _percentage(share: Any) -> float | None:
    """The fraction that a percentage stands for; None if it is not a percentage."""
    number = float(str(share).strip().removesuffix("%"))
    is_percentage = 1 <= number < 100 or str(share).strip().endswith("%")
    return number / 100 if is_percentage else None


def _config_value(name: str, value: Any) -> Any:
    """An argument as a config has it, with NumPy arrays and pandas indexes as lists."""
    if name in ("validation", "test"):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, tuple):
        value = list(value)
    if name in NAMES:  # as the names in a table are read
        value = list(map(_stripped, value)) if isinstance(value, list) else _stripped(value)
    if name in ("tokens", "tags") and isinstance(value, int):
        return str(value)
    return [value] if name in LISTS and isinstance(value, str | int) else value


def _materialized(data: object) -> object:
    """An iterator as a list, a lazy table as a table, anything else unchanged."""
    if type(data).__name__ == "LazyFrame":  # polars
        return data.collect()  # type: ignore[attr-defined]
    if hasattr(data, "read_all"):  # a pyarrow.RecordBatchReader
        return data.read_all()
    return list(data) if isinstance(data, Iterator) and not isinstance(data, IOBase) else data


def _parts(data: object) -> object:
    """Data, or a checked mapping of parts.

    Raises:
        RnnkitError: If a part has another name, or the training set is missing.
    """
    if not isinstance(data, Mapping) or not any(hasattr(part, "columns") for part in data.values()):
        return data
    for name in data:
        if name not in PARTS:
            got, expected = f"unknown part {name!r}", f"Expected some of: {', '.join(PARTS)}"
            raise RnnkitError("data", got, expected, did_you_mean(str(name), PARTS))
    if "train" not in data:
        raise RnnkitError("data", "no part 'train'", f"It has: {', '.join(data)}")
    return {name: _materialized(part) for name, part in data.items()}
