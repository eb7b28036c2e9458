"""`rnnkit report`."""

from __future__ import annotations

import click

from rnnkit.cli.combinations import goes_with
from rnnkit.cli.options import RUN_HELP, code_option, engine_option, json_option, run_argument
from rnnkit.cli.output import print_json, say


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="The page (.html). Default: report.html in the run folder, which is replaced.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file of --output.")
@goes_with("--overwrite", "--output")
@engine_option
@json_option
def report(run: str | None, output: str | None, overwrite: bool, as_json: bool) -> None:
    """Write all about a run into one HTML page.

    A verdict in words, scores compared with baselines, learning curves, answers and mistakes, the
    config and the commands that reproduce it. It needs no network and no script.

    \b
    rnnkit report fable
    rnnkit report runs/fable -o fable.html
    """
    from rnnkit.workflows.report import report as write_report

    path = write_report(run, output, overwrite=overwrite)
    print_json({"path": str(path)}) if as_json else say(f"written to {path}")
