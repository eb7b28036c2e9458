"""`rnnkit evaluate`."""

from __future__ import annotations

import click

from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import (
    RUN_HELP,
    code_option,
    engine_option,
    json_option,
    keys_argument,
    require_file,
)
from rnnkit.cli.output import print_json
from rnnkit.cli.tables import print_evaluations


@click.command(epilog=RUN_HELP)
@keys_argument("--data")
@code_option
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["train", "validation", "test"]),
    help=(
        "Which part to score; repeat for several. Default: validation, or train if nothing is "
        "held out."
    ),
)
@click.option("--data", "--text", "file", metavar="FILE", help="Score this file instead.")
@click.option(
    "--errors",
    type=Whole(min=0),
    default=0,
    metavar="N",
    help="List the N most confident mistakes of a classifier or tagger.",
)
@engine_option
@json_option
def evaluate(
    run: str | None, parts: tuple[str, ...], file: str | None, errors: int, as_json: bool
) -> None:
    """Score a run, compared with simple methods on the same data.

    KEY=VALUE says how the file of --data is written, with the keys of the run's data set, such as
    separator, encoding, text and label.

    \b
    rnnkit evaluate
    rnnkit evaluate runs/fable --part train
    rnnkit evaluate runs/fable --data other.txt
    rnnkit evaluate runs/reviews --data excel.csv separator=";" label=stars
    rnnkit evaluate runs/imdb_lstm --part test --errors 20
    """
    require_file(file)
    from rnnkit.workflows import evaluate as workflow

    evaluations = workflow.evaluate(run, parts, file=file, errors=errors)
    if as_json:
        print_json(workflow.as_json(evaluations))
    else:
        print_evaluations(evaluations)
