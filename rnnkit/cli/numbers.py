"""Numbers on the command line: ASCII digits, finite, and as large as a computation can hold."""

from __future__ import annotations

import re
from typing import Any

import click

_WHOLE = re.compile(r"[-+]?[0-9]{1,4000}", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)


class Whole(click.IntRange):
    """A whole number within bounds, as YAML writes one."""

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        if isinstance(value, str):
            if not _WHOLE.fullmatch(value):
                self.fail(f"{_short(value)} is not a whole number.", param, ctx)
            _refuse_large(self, int(value), value, param, ctx)
        return int(super().convert(value, param, ctx))


class Number(click.FloatRange):
    """A number within bounds, as YAML writes one; neither NaN nor infinite."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        if isinstance(value, str):
            if not _NUMBER.fullmatch(value):
                self.fail(f"{_short(value)} is not a finite number.", param, ctx)
            _refuse_large(self, float(value), value, param, ctx)
        return float(super().convert(value, param, ctx))


def _refuse_large(
    kind: click.ParamType[Any], number: float, value: str, param: Any, ctx: Any
) -> None:
    from rnnkit.config.numbers import require_number

    if expected := require_number(number):
        kind.fail(f"{_short(value)} is too large. {expected}.", param, ctx)


def _short(value: str) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
