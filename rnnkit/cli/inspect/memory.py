"""`rnnkit inspect memory`."""

from __future__ import annotations

from dataclasses import asdict

import click

from rnnkit.cli.inspect.files import file_options
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import RUN_HELP, code_option, json_option, run_argument
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.report.numbers import number_text


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@file_options("Also draw the curve (.png).")
@click.option(
    "--random-seed",
    type=Whole(min=0),
    default=0,
    show_default=True,
    help="Seed of the tokens or rows that are drawn from the data.",
)
@json_option
def memory(
    run: str | None, output: str | None, overwrite: bool, random_seed: int, as_json: bool
) -> None:
    """Print how many steps back an input still changes the answer.

    In rows of the run's validation data, one token (of a series: one row) is replaced by another of
    the data, ever further back, and the change of the answer is measured.

    \b
    rnnkit inspect memory
    rnnkit inspect memory runs/imdb_lstm -o memory.png
    """
    from rnnkit.workflows.inspect import memory as workflow

    found = workflow.memory(run, random_seed=random_seed)
    if output is not None:
        workflow.write_curve(output, found, overwrite=overwrite)
        log.info(f"written to {output}")
    if as_json:
        print_json(asdict(found))
        return
    say(f"{found.part}: {counted(found.rows, 'row')}; {found.measure}")
    rows = [
        [str(point.steps), number_text(point.change), number_text(point.error), f"{point.rows:,}"]
        for point in sorted(found.points, key=lambda point: point.steps)
    ]
    print_table([f"{found.unit} back", "change", "standard error", "rows"], rows)
    say(f"{found.verdict[:1].upper()}{found.verdict[1:]}.")
