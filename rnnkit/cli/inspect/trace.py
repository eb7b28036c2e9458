"""`rnnkit inspect trace`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.combinations import excludes
from rnnkit.cli.inspect.arrays import as_lists, numbers, print_rows, shape_text
from rnnkit.cli.inspect.backward import print_backward
from rnnkit.cli.inspect.scratch import print_scratch
from rnnkit.cli.inspect.span import Span
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import (
    RUN_HELP,
    code_option,
    condition_option,
    conditioned_text,
    json_option,
    run_argument,
    text_from,
    text_option,
)
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.errors import RnnkitError

if TYPE_CHECKING:
    from rnnkit.engine.equations import Row, Step
    from rnnkit.workflows.inspect.trace import Direction, LayerTrace


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@text_option()
@condition_option
@click.option("--newest", is_flag=True, help="Instead of a text, a forecaster's newest steps.")
@click.option(
    "--equations", is_flag=True, help="Print each formula, in symbols and with its numbers put in."
)
@click.option(
    "--units", type=Span(), default="0:4", show_default=True, help="The units to print, from 0."
)
@click.option("--steps", type=Span(), help="The steps to print, from 0. Default: all.")
@click.option("--layer", metavar="NAME", help="The one recurrent layer to print. Default: all.")
@click.option(
    "--top", type=Whole(min=1), default=5, show_default=True, help="How many answers to print."
)
@click.option(
    "--backward", is_flag=True, help="Print back-propagation through time, and each gradient."
)
@click.option(
    "--target",
    metavar="TEXT",
    help="With --backward, the right answer. Default: the model's own best.",
)
@excludes("--condition", "--newest", "the newest steps are read instead of a text")
@excludes("--text", "--newest", "the newest steps are read instead of a text")
@excludes("--from-scratch", "--newest", "the model of a step from scratch reads a text")
@excludes("--from-scratch", "--condition", "the model of a step from scratch reads none")
@click.option(
    "--from-scratch",
    is_flag=True,
    help="Work one step of training of the smallest model, each number printed.",
)
@json_option
def trace(
    run: str | None,
    text: str | None,
    condition: str | None,
    equations: bool,
    top: int,
    from_scratch: bool,
    as_json: bool,
    **shown: Any,
) -> None:
    """Print how an answer is computed: every step of every recurrent layer in numbers.

    The rows of a step are what its cell computes, in that order: matrix products, gates, the new
    state. W, U and b are its kernel, its recurrent kernel and its bias; h' and c' the state before
    the step. RUN may be a config: its model is then as its training begins.

    \b
    rnnkit inspect trace --text "had a general"
    rnnkit inspect trace runs/fable --text "had a general" --equations --units 0:2 --steps 0:1
    rnnkit inspect trace runs/fable --text "had a general" --backward --target council
    rnnkit inspect trace runs/names_generator --condition Irish --text "O'"
    rnnkit inspect trace runs/airline --newest --equations
    rnnkit inspect trace --from-scratch --text "give me new sample"
    """
    if from_scratch:
        _from_scratch(run, text, as_json=as_json)
        return
    from rnnkit.workflows.inspect import trace as workflow

    read = conditioned_text(text, condition)
    if not shown.pop("newest") and read is None:
        raise click.MissingParameter(param_hint="'--text'", param_type="option")
    if shown["target"] is not None and not shown["backward"]:
        expected = "Expected --backward, which computes a loss"
        raise RnnkitError("--target", "no loss", expected, "Add --backward")
    selection = workflow.TraceSelection(**shown)
    traced = workflow.trace(run, read, selection, top=top, condition=condition)
    if as_json:
        print_json(as_lists(asdict(traced)))
        return
    for number, call in enumerate(traced.calls):
        if number:
            say()
        for layer in call:
            _print_layer(layer, selection.units, equations=equations)
    say()
    print_table(list(traced.answers[0]), [[*map(_cell, row.values())] for row in traced.answers])
    if traced.backward:
        print_backward(traced.backward, selection.units)


def _from_scratch(run: str | None, text: str | None, *, as_json: bool) -> None:
    from rnnkit.workflows.inspect.scratch import TEXT, scratch

    if run is not None:
        expected = "Expected no run: the model is one of its own, as small as can be"
        raise RnnkitError("--from-scratch", f"the run {run!r}", expected, "Leave it out")
    worked = scratch(TEXT if text is None else text_from(text))
    if as_json:
        print_json(as_lists(asdict(worked)))
        return
    print_scratch(worked)


def _print_layer(layer: LayerTrace, units: range, *, equations: bool) -> None:
    shapes = f"{shape_text(layer.inputs)} -> {shape_text(layer.outputs)}"
    values = "" if layer.directions else f"  {numbers(layer.values.ravel(), units)}"
    say(f"{layer.name} ({layer.kind}) {shapes}{values}")
    for direction in layer.directions:
        _print_direction(direction, units, equations=equations)
    if equations and layer.formula:
        say(f"  = {layer.formula}")


def _print_direction(direction: Direction, units: range, *, equations: bool) -> None:
    shapes = ", ".join(f"{key} {shape_text(shape)}" for key, shape in direction.weights.items())
    say(f"  {direction.name + ': ' if direction.name else ''}{shapes}")
    steps = zip(direction.tokens, direction.steps, strict=True)
    for number, (token, step) in enumerate(steps, direction.first + 1):
        say(f"  step {number}" + (f"  {token!r}" if token != f"step {number}" else ""))
        _print_step(step, units, equations=equations)


def _print_step(step: Step, units: range, *, equations: bool) -> None:
    rows = [("    x", numbers(step.inputs, units))]
    for row in step.rows:
        rows.append((f"    {row.name}", numbers(row.values, units)))
        if equations:
            rows += [(f"      {line}", "") for line in _equation(row, units)]
    print_rows(rows)


def _equation(row: Row, units: range) -> list[str]:
    symbols = [f"= {row.formula}"] if row.formula != row.name else []
    return symbols + [
        f"[{unit}] = {numbers} = {row.values[unit]:.4f}"
        for unit, numbers in zip(units, row.numbers, strict=False)
    ]


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
