"""`rnnkit forecast`."""

from __future__ import annotations

import click

from rnnkit.cli.combinations import goes_with
from rnnkit.cli.numbers import Whole
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
from rnnkit.cli.output import print_json
from rnnkit.progress import log
from rnnkit.quantities import counted


@click.command(epilog=RUN_HELP)
@keys_argument("--input")
@click.option(
    "--input",
    "source",
    metavar="FILE",
    help="A table with the columns of the run's series, instead of the series itself.",
)
@click.option(
    "--horizon",
    type=Whole(min=1),
    help="How many steps to forecast. Default: the run's horizon.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="-",
    help="Where to write the forecast: .csv .tsv .jsonl .parquet .arrow. Default: standard output.",
)
@picture_option("the end of the series and its forecast")
@click.option("--overwrite", is_flag=True, help="Replace the files of --output and --plot.")
@goes_with("--overwrite", "--output", "--plot")
@engine_option
@json_option
@code_option
def forecast(
    run: str | None,
    source: str | None,
    horizon: int | None,
    output: str,
    plot: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Forecast the next steps of a series.

    It is the series of the run, or that of the table of --input.

    A row for each step: its time, its number, and each target in its own unit, with its quantiles.
    KEY=VALUE says how the table of --input is written, such as separator and decimal.

    \b
    rnnkit forecast temperature --plot tomorrow.png
    rnnkit forecast airline --input new.csv --horizon 12 -o forecast.csv
    rnnkit forecast airline --input excel.csv "separator=';'" "decimal=','"
    """
    require_file(source)
    from rnnkit.workflows import forecast as workflow

    if as_json and output != "-":
        raise click.UsageError("Expected one of --json and --output: a .jsonl file holds JSON too.")
    picture = picture_path(plot, output, "forecast.png")
    if as_json:
        records = workflow.forecast_records(
            run, source, horizon=horizon, plot=picture, overwrite=overwrite
        )
        print_json(records)
        return
    steps = workflow.forecast(
        run, source, output, horizon=horizon, plot=picture, overwrite=overwrite
    )
    log.info(
        f"{counted(steps, 'step')} forecast" + (f", written to {output}" if output != "-" else "")
    )
