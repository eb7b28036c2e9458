"""`rnnkit inspect gates`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.combinations import excludes, goes_with
from rnnkit.cli.heat_map import LEGEND, gate_cell, state_cell, token_cell
from rnnkit.cli.inspect.arrays import as_lists
from rnnkit.cli.inspect.files import file_options
from rnnkit.cli.inspect.span import Span
from rnnkit.cli.inspect.tokens import quoted_token
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import (
    RUN_HELP,
    code_option,
    condition_option,
    conditioned_text,
    json_option,
    run_argument,
)
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.escapes import visible
from rnnkit.progress import log
from rnnkit.quantities import counted, percent

if TYPE_CHECKING:
    from rnnkit.insight.gates import Saturation
    from rnnkit.workflows.inspect.gates import Panel
    from rnnkit.workflows.inspect.gates_over_data import Followed, OverData
    from rnnkit.workflows.inspect.unit_text import UnitText

TOKEN = 12  # characters of a token in front of its numbers


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@click.option(
    "--text",
    metavar="TEXT",
    help="Show gates and states while this is read; - reads standard input. Default: statistics"
    " over the run's data, and what units follow there.",
)
@condition_option
@click.option("--newest", is_flag=True, help="Instead of a text, a forecaster's newest steps.")
@click.option("--layer", metavar="NAME", help="The one recurrent layer. Default: all.")
@click.option("--units", type=Span(), help="The units to show, from 0. Default: 0:8; of -o, all.")
@click.option(
    "--only", type=click.Choice(["gates", "states"]), help="Show gates alone, or states alone."
)
@click.option("--unit", type=Whole(min=0), help="Colour the text by the state of this unit.")
@goes_with("--html", "--unit")
@excludes("--condition", "--newest", "the newest steps are read instead of a text")
@excludes("--text", "--newest", "the newest steps are read instead of a text")
@excludes("--unit", "--output", "--html writes a text coloured by a unit")
@excludes("--unit", "--units", "the text is coloured by one")
@excludes("--unit", "--only", "the text is coloured by a state")
@file_options("Also draw heat maps (.png).", "Write the text coloured by --unit as a page.")
@json_option
def gates(run: str | None, text: str | None, newest: bool, as_json: bool, **options: Any) -> None:
    """Print the gates and states of recurrent layers: for a text, token by token; without one, over
    the run's data, with the units that follow labels, quotes, lines or brackets.

    \b
    rnnkit inspect gates
    rnnkit inspect gates runs/imdb_lstm --text "a dull film, but the end is great" -o gates.png
    rnnkit inspect gates runs/imdb_lstm --text "a dull film" --unit 11
    """
    layer, condition = options["layer"], options["condition"]
    read = conditioned_text(text, condition)
    _require_text(read, newest=newest, **options)
    if read is None and not newest:
        _over_data(run, layer, as_json=as_json)
        return
    if options["unit"] is not None:
        _unit(run, read, options, as_json=as_json)
        return
    from rnnkit.workflows.inspect import gates as workflow

    shown = workflow.GateSelection(layer, options["units"], options["only"])
    panels = workflow.gates(run, read, shown, condition=condition)
    if options["output"] is not None:
        from rnnkit.workflows.inspect.gate_maps import write_maps

        write_maps(options["output"], panels, overwrite=options["overwrite"])
        log.info(f"written to {options['output']}")
    if as_json:
        print_json(as_lists([asdict(panel) for panel in panels]))
    else:
        for number, panel in enumerate(panels):
            if number:
                say()
            _print_panel(panel, options["units"] or range(8))


def _require_text(text: str | None, *, newest: bool, **options: Any) -> None:
    """Refuses options that need a text, without one; "-", standard input, is a text."""
    if text is None and options["unit"] is not None:
        raise click.UsageError("--unit goes with --text only.")
    for option in ("only", "units", "output"):
        if text is None and not newest and options[option] is not None:
            raise click.UsageError(f"--{option} goes with --text or --newest only.")


def _over_data(run: str | None, layer: str | None, *, as_json: bool) -> None:
    from rnnkit.workflows.inspect.gates_over_data import over_data

    found = over_data(run, layer)
    if as_json:
        print_json(asdict(found))
        return
    say(f"{found.part}: {counted(found.rows, 'row')}, {counted(found.steps, 'step')}")
    for layer_gates in found.layers:
        say()
        say(f"{layer_gates.place}, {counted(layer_gates.units, 'unit')}")
        _print_saturation(layer_gates.gates)
    say()
    _print_followed(found)


def _print_followed(found: OverData) -> None:
    if not found.followed:
        say("no unit is compared with the data: too few rows, or nothing that it could follow")
        return
    say("what units follow best (chosen on one half of the rows, scored on the other)")
    rows = [
        [
            *(f"  {unit.follows}", unit.layer, str(unit.unit), f"{unit.measure} {unit.score:.2f}"),
            _direction_words(unit),
        ]
        for unit in found.followed
    ]
    print_table(["  ", "layer", "unit", "score", ""], rows)


def _direction_words(unit: Followed) -> str:
    if unit.strength < 0.2:
        return "hardly"
    return "higher there" if unit.rises else "lower there"


def _print_saturation(gates: list[Saturation]) -> None:
    if not gates:
        say("  no gates: its equation scales nothing by a sigmoid")
        return
    rows = [
        [
            *(f"  {gate.gate}", f"{gate.mean:.2f}", percent(gate.shut), percent(gate.open)),
            _half_life(gate),
        ]
        for gate in gates
    ]
    print_table(["  gate", "mean", "below 0.1", "above 0.9", "half is left after"], rows)


def _half_life(gate: Saturation) -> str:
    if gate.half_life is None or gate.longest is None:
        return ""
    return f"{gate.half_life:,.1f} steps (longest unit {gate.longest:,.1f})"


def _print_panel(panel: Panel, units: range) -> None:
    shown = [
        (signal, signal.values[:, : len(units)])
        for signal in panel.signals
        if signal.values.shape[1]
    ]
    count = shown[0][1].shape[1] if shown else 0
    span = f"units {panel.first} to {panel.first + count - 1} of {panel.of}"
    say(f"{panel.place}, {span}; {LEGEND}")
    widths = [values.shape[1] * (1 if signal.kind == "gate" else 2) for signal, values in shown]
    names = [signal.name.ljust(width) for (signal, _), width in zip(shown, widths, strict=True)]
    say(f"  {'':{TOKEN}}  {'  '.join(names)}".rstrip())
    for step, token in enumerate(panel.tokens):
        name = visible(quoted_token(token))
        line = f"  {name[:TOKEN]:{TOKEN}}"
        for (signal, values), width in zip(shown, widths, strict=True):
            cell = gate_cell if signal.kind == "gate" else state_cell
            missing = max(0, len(signal.name) - width)
            line += "  " + "".join(cell(float(value)) for value in values[step]) + " " * missing
        say(lead=line)
    _print_saturation(panel.gates)


def _unit(run: str | None, text: str | None, options: dict[str, Any], *, as_json: bool) -> None:
    from rnnkit.workflows.inspect import unit_text as workflow

    unit, layer, page = options["unit"], options["layer"], options["page"]
    found = workflow.unit_text(run, text, unit, layer, condition=options["condition"])
    if page is not None:
        workflow.write_page(page, found, overwrite=options["overwrite"])
        log.info(f"written to {page}")
    if as_json:
        print_json(asdict(found))
    else:
        _print_unit(found)


def _print_unit(found: UnitText) -> None:
    """Prints the coloured text, then each token with its number, readable without colours."""
    say(f"unit {found.unit} of {found.layer}; blue is above 0, orange below")
    pieces = zip(found.spaced, found.shades, strict=True)
    say(lead="".join(token_cell(token, shade) for token, shade in pieces))
    rows = zip(found.tokens, found.values, strict=True)
    print_table(
        ["token", "state"], [[quoted_token(token), f"{value:.2f}"] for token, value in rows]
    )
