"""Keys for a single further file: `rnnkit predict --input other.csv separator=";"`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar

from rnnkit.config.overrides import value_of
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.registry import FORMATS, lookup

_KEYS: ContextVar[Mapping[str, object]] = ContextVar("keys of a file")


@contextlib.contextmanager
def file_keys(*keys: str | Mapping[str, object]) -> Iterator[None]:
    """Sets keys of the format, or of the run's data set, for further files read in this context.

    Args:
        keys: Assignments such as "separator=;", or mappings such as {"separator": ";"}.

    Examples:
        >>> from pathlib import Path
        >>> _ = Path("semicolons.csv").write_text("text;stars\\na wonderful film;5\\n")
        >>> with rk.file_keys("separator=;"):
        ...     reviews.predict(Path("semicolons.csv")).label.tolist()
        ['good']

    Raises:
        RnnkitError: If an argument is neither.
    """
    given: dict[str, object] = {}
    for argument in keys:
        given |= argument if isinstance(argument, Mapping) else [_parsed(argument)]
    token = _KEYS.set(given)
    try:
        yield
    finally:
        _KEYS.reset(token)


def keys_of_file(own: Iterable[str], prefix: str) -> tuple[dict[str, object], dict[str, object]]:
    """The keys set by `file_keys`: those of the data set, and those of a format.

    Args:
        own: The keys of the data set that may be set for a file.
        prefix: The config key of the data set, with which keys may be written.

    Raises:
        RnnkitError: If neither the data set nor any format has a key.
    """
    given = {key.removeprefix(f"{prefix}."): value for key, value in _KEYS.get({}).items()}
    if not given:
        return {}, {}
    of_formats = {key for name in FORMATS for key in lookup("format", name).model_fields}
    known = {*own, *of_formats}
    for key in given:
        if key not in known:
            expected = f"Expected one of: {', '.join(sorted(known))}"
            raise RnnkitError(key, "unknown key", expected, did_you_mean(key, known))
    return (
        {key: value for key, value in given.items() if key in own},
        {key: value for key, value in given.items() if key in of_formats},
    )


def _parsed(assignment: str) -> tuple[str, object]:
    if not isinstance(assignment, str):
        expected = 'Expected assignments such as "separator=;", or a mapping'
        raise RnnkitError("file_keys", f"found {assignment!r}", expected)
    key, separator, text = assignment.partition("=")
    where = f"command line: {assignment}"
    if not separator or not key:
        raise RnnkitError(
            where, "not a key with a value", "Expected KEY=VALUE, such as header=false"
        )
    with contextlib.suppress(RnnkitError):
        value = value_of(text, where)
        return key, text if value is None else value
    return key, text  # such as %Y, which is not valid YAML
