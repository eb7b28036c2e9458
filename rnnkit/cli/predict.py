"""`rnnkit predict`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from rnnkit.cli.options import RUN_HELP, code_option, json_option, run_argument, text_from, to_stderr
from rnnkit.cli.tables import print_json, print_table


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@click.option("--text", required=True, metavar="TEXT", help="What to answer; - reads standard input.")
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="How many answers.")
@json_option
def predict(run: str | None, text: str, top: int, as_json: bool) -> None:
    """Print what a run says to a text: a language model's likeliest next symbols, a forecaster's next numbers.

    \b
    rnnkit predict --text "had a general" --top 5
    rnnkit predict runs/toy_two_steps --text "0.3 0.4"
    """
    from rnnkit.workflows import predict as workflow

    rows = [asdict(row) for row in workflow.predict(run, text_from(text), top=top, where="--text", warn=to_stderr)]
    if as_json:
        print_json(rows)
    else:
        print_table(list(rows[0]), [[_cell(value) for value in row.values()] for row in rows])


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value if value.strip() else repr(value)
    return f"{value:.4f}" if isinstance(value, float) else str(value)
