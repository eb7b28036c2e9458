"""`rnnkit anomalies`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.combinations import goes_with
from rnnkit.cli.numbers import Number
from rnnkit.cli.options import (
    RUN_HELP,
    code_option,
    engine_option,
    json_option,
    keys_argument,
    picture_option,
    picture_path,
    require_file,
)
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.progress import log

if TYPE_CHECKING:
    from rnnkit.workflows.events import Anomalies


@click.command(epilog=RUN_HELP)
@keys_argument("--input")
@click.option(
    "--input",
    "source",
    metavar="FILE",
    help="A table with the columns of the run's series, instead of the series itself.",
)
@click.option(
    "--windows",
    metavar="FILE",
    help="Labelled windows to compare events with: JSON, [[first, last], ...]; for several "
    "series an object of such lists by name.",
)
@click.option(
    "--threshold",
    type=Number(0, 1, min_open=True, max_open=True),
    default=1e-5,
    show_default=True,
    help="The tail probability below which steps form an event.",
)
@click.option(
    "--gap",
    metavar="SPAN",
    help="Merge events no further apart than this: 12h, 2D, or steps. Default: half a day.",
)
@click.option(
    "--least-history",
    metavar="SPAN",
    help="History required before the first judged step. Default: a day, from 30 to 288 steps.",
)
@click.option(
    "--history",
    metavar="SPAN",
    help="History that each step is compared with. Default: 30 days, at least 1,000 steps.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Each step's value, forecast and probability: .csv .tsv .jsonl .parquet .arrow; - prints.",
)
@picture_option("the series with its events")
@click.option("--overwrite", is_flag=True, help="Replace the files of --output and --plot.")
@goes_with("--overwrite", "--output", "--plot")
@engine_option
@json_option
@code_option
def anomalies(
    run: str | None,
    source: str | None,
    output: str | None,
    plot: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """List the anomalies of a series under a forecaster.

    It is the series of the run, or that of the table of --input; of several, each by itself.
    KEY=VALUE says how the table is written, such as separator and decimal.

    \b
    rnnkit anomalies nab_machine_temperature
    rnnkit anomalies nab_machine_temperature --windows labels.json --plot events.png
    rnnkit anomalies sales --input new.csv --gap 3D --history 1Y
    """
    require_file(source)
    if as_json and output == "-":
        raise click.UsageError("Expected one of --json and --output -: both print.")
    from rnnkit.workflows import anomalies as workflow

    picture = picture_path(plot, output, "anomalies.png")
    found = workflow.find_anomalies(run, source, output, plot=picture, **options)
    if output == "-":  # the steps are on standard output
        log.info(str(found))
    elif as_json:
        print_json(asdict(found))
    else:
        _print(found)


def _print(found: Anomalies) -> None:
    """Prints the events and their number, of several series first for each."""
    names = ["first", "last", "steps", "probability", "labelled"]
    cells = [
        [event.first, event.last, str(event.steps), f"{event.probability:.1e}", event.labelled]
        for event in found.events
    ]
    if found.each:
        names.insert(0, "series")
        cells = [[event.series, *row] for event, row in zip(found.events, cells, strict=True)]
    if cells:
        print_table(names, cells)
    for series in found.each:
        say(f"{series.series}: {series}")
    say(f"{len(found.each):,} series: {found}" if found.each else str(found))
