"""`rnnkit inspect surprise`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from rnnkit.cli.combinations import excludes
from rnnkit.cli.inspect.files import file_options
from rnnkit.cli.inspect.tokens import shown_token
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import (
    RUN_HELP,
    code_option,
    engine_option,
    json_option,
    run_argument,
    text_from,
    text_option,
)
from rnnkit.cli.output import paint, print_json, say
from rnnkit.escapes import visible
from rnnkit.progress import log
from rnnkit.quantities import percent

if TYPE_CHECKING:
    from rnnkit.workflows.inspect.surprise import Surprise


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@text_option(required=True)
@click.option(
    "--top",
    type=Whole(min=1),
    default=3,
    show_default=True,
    help="How many alternatives to show for each token.",
)
@excludes("--json", "--html", "the page is written instead of the list")
@file_options(page="Write an HTML page instead of the list.")
@engine_option
@json_option
def surprise(
    run: str | None, text: str, top: int, page: str | None, overwrite: bool, as_json: bool
) -> None:
    """Print each token's surprisal in bits, and what the model expected instead.

    \b
    rnnkit inspect surprise --text "the mice had a general council"
    rnnkit inspect surprise runs/alice_char --text "Alice was beginning" --html surprise.html
    """
    from rnnkit.workflows.inspect import surprise as workflow

    surprised = workflow.surprises(run, text_from(text), top=top)
    if page is not None:
        workflow.write_page(page, surprised, overwrite=overwrite)
        log.info(f"written to {page}")
    elif as_json:
        print_json([asdict(token) for token in surprised])
    else:
        for token in surprised:
            say(_alternatives(token), lead=_coloured_token(token))
        mean = workflow.mean_bits(surprised)
        say(f"{mean:.2f} bits per token, perplexity {2**mean:,.2f}")


def _coloured_token(surprise: Surprise) -> str:
    """A token, the more surprising the redder its background."""
    # from the terminal's own background to a full red
    background = None if surprise.shade < 0.1 else (round(60 + 160 * surprise.shade), 40, 40)
    text = visible(shown_token(surprise.token))
    if surprise.bits is not None:
        text = f"{text:<16}"
    return paint(text, bg=background, fg="white" if background else None)


def _alternatives(surprise: Surprise) -> str:
    """The bits of a token, and the tokens that were expected instead."""
    if surprise.bits is None:
        return ""
    alternatives = "  ".join(
        f"{shown_token(token)} {percent(share, 1)}" for token, share in surprise.alternatives
    )
    return f" {surprise.bits:6.2f} bits   {alternatives}".rstrip()
