"""Spans of units and steps on the command line."""

from __future__ import annotations

import re
from typing import Any

import click

_SPAN = re.compile(r"(\d{1,9}):(\d{1,9})")


class Span(click.ParamType[range]):
    """A:B, from A up to but without B; A alone is one."""

    name = "A:B"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        if isinstance(value, range):
            return value
        first = f"{value}:{int(value) + 1}" if value.isascii() and value.isdigit() else value
        span = _SPAN.fullmatch(first)
        if span is None or int(span[1]) >= int(span[2]):
            self.fail(f"{value!r} is not a span. Expected two numbers, such as 0:4.", param, ctx)
        return range(int(span[1]), int(span[2]))
