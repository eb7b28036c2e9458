"""`rnnkit inspect trace`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import RUN_HELP, code_option, json_option, run_argument, text_from
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table

if TYPE_CHECKING:
    import numpy as np

    from rnnkit.engine.equations import Row, Step
    from rnnkit.workflows.inspect.trace import Direction, LayerTrace

_SPAN = re.compile(r"(\d{1,9}):(\d{1,9})")


class _Span(click.ParamType[range]):
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


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@click.option("--text", required=True, metavar="TEXT", help="The text; - reads standard input.")
@click.option(
    "--equations", is_flag=True, help="Print each formula, in symbols and with its numbers put in."
)
@click.option(
    "--units", type=_Span(), default="0:4", show_default=True, help="The units to print, from 0."
)
@click.option("--steps", type=_Span(), help="The steps to print, from 0. Default: all.")
@click.option("--layer", metavar="NAME", help="The one recurrent layer to print. Default: all.")
@click.option(
    "--top", type=Whole(min=1), default=5, show_default=True, help="How many answers to print."
)
@json_option
def trace(
    run: str | None, text: str, equations: bool, top: int, as_json: bool, **shown: Any
) -> None:
    """Print how an answer is computed: every step of every recurrent layer in numbers.

    The rows of a step are what its cell computes, in that order: matrix products, gates, the new
    state. W, U and b are its kernel, its recurrent kernel and its bias; h' and c' the state before
    the step.

    \b
    rnnkit inspect trace --text "had a general"
    rnnkit inspect trace runs/fable --text "had a general" --equations --units 0:2 --steps 0:1
    """
    from rnnkit.workflows.inspect import trace as workflow

    asked = workflow.Shown(**shown)
    traced = workflow.trace(run, text_from(text), asked, top=top)
    if as_json:
        print_json(_plain(asdict(traced)))
        return
    for number, call in enumerate(traced.calls):
        if number:
            say()
        for layer in call:
            _print_layer(layer, asked.units, equations=equations)
    say()
    print_table(list(traced.answers[0]), [[*map(_cell, row.values())] for row in traced.answers])


def _print_layer(layer: LayerTrace, units: range, *, equations: bool) -> None:
    shapes = f"{_shape(layer.inputs)} -> {_shape(layer.outputs)}"
    values = "" if layer.directions else f"  {_numbers(layer.values.ravel(), units)}"
    say(f"{layer.name} ({layer.kind}) {shapes}{values}")
    for direction in layer.directions:
        _print_direction(direction, units, equations=equations)


def _print_direction(direction: Direction, units: range, *, equations: bool) -> None:
    shapes = ", ".join(f"{key} {_shape(shape)}" for key, shape in direction.weights.items())
    say(f"  {direction.name + ': ' if direction.name else ''}{shapes}")
    steps = zip(direction.tokens, direction.steps, strict=True)
    for number, (token, step) in enumerate(steps, direction.first + 1):
        say(f"  step {number}" + (f"  {token!r}" if token != f"step {number}" else ""))
        _print_step(step, units, equations=equations)


def _print_step(step: Step, units: range, *, equations: bool) -> None:
    rows = [["    x", _numbers(step.inputs, units)]]
    for row in step.rows:
        rows.append([f"    {row.name}", _numbers(row.values, units)])
        if equations:
            rows += [[f"      {line}", ""] for line in _equation(row, units)]
    width = max(len(name) for name, values in rows if values)
    for name, values in rows:
        say(f"{name.ljust(width)}  {values}".rstrip())


def _equation(row: Row, units: range) -> list[str]:
    symbols = [f"= {row.formula}"] if row.formula != row.name else []
    return symbols + [
        f"[{unit}] = {numbers} = {row.values[unit]:.4f}"
        for unit, numbers in zip(units, row.numbers, strict=False)
    ]


def _numbers(values: np.ndarray, units: range) -> str:
    """Those of some units, and how many there are."""
    shown = values[units.start : units.stop]
    rest = f"  ({len(values)})" if len(shown) < len(values) else ""
    return (
        " ".join(f"{value:8.4f}" if values.dtype.kind == "f" else str(value) for value in shown)
        + rest
    )


def _shape(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """Arrays as lists, for JSON."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value
