"""`rnnkit predict`."""

from __future__ import annotations

from dataclasses import asdict

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
    """Print the likeliest next symbols after a text, with their probabilities.

    \b
    rnnkit predict --text "had a general" --top 5
    """
    from rnnkit.workflows import predict as workflow

    guesses = workflow.predict(run, text_from(text), top=top, where="--text", warn=to_stderr)
    if as_json:
        print_json([asdict(guess) for guess in guesses])
    else:
        print_table(
            ["next", "probability"], [[guess.token if guess.token.strip() else repr(guess.token), f"{guess.probability:.4f}"] for guess in guesses]
        )
