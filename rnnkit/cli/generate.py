"""`rnnkit generate`."""

from __future__ import annotations

from dataclasses import asdict

import click

from rnnkit.cli.options import RUN_HELP, code_option, json_option, run_argument, text_from, to_stderr
from rnnkit.cli.tables import print_json


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@click.option("--seed", "--prompt", "seed", required=True, metavar="TEXT", help="The text to continue; - reads standard input.")
@click.option("--max-new-tokens", type=click.IntRange(min=1), help="How many tokens to make (32 where the config does not say).")
@click.option("--temperature", type=click.FloatRange(min=0, max=100), help="0: the likeliest token each time; 1: as the model says.")
@click.option("--random-seed", type=click.IntRange(min=0), help="The same seed draws the same text.")
@click.option("--raw", is_flag=True, help="Print the new tokens as they stand in the vocabulary.")
@json_option
def generate(
    run: str | None, seed: str, max_new_tokens: int | None, temperature: float | None, random_seed: int | None, raw: bool, as_json: bool
) -> None:
    """Continue a text with a trained language model.

    \b
    rnnkit generate --seed "had a general"
    rnnkit generate runs/fable --seed "the mice looked" --temperature 0.8 --random-seed 1
    """
    from rnnkit.workflows import generate as workflow

    generated = workflow.generate(
        run,
        text_from(seed),
        where="--seed",
        temperature=temperature,
        max_new_tokens=max_new_tokens,
        random_seed=random_seed,
        warn=to_stderr,
    )
    if as_json:
        print_json(asdict(generated))
    else:
        click.echo(" ".join(generated.tokens) if raw else generated.text)
