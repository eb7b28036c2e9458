"""`rnnkit inspect embeddings`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.combinations import goes_with
from rnnkit.cli.inspect.files import file_options
from rnnkit.cli.inspect.tokens import quoted_token
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import RUN_HELP, code_option, json_option, run_argument
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.progress import log
from rnnkit.quantities import counted

if TYPE_CHECKING:
    from rnnkit.workflows.inspect.embeddings import Analogy, Embeddings


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@click.option(
    "--word", "words", multiple=True, metavar="WORD", help="A token whose neighbours to print."
)
@click.option(
    "--analogy", metavar="'A B C'", help="Print what A is to B, asked of C: 'man king woman'."
)
@click.option(
    "--layer", metavar="NAME", help="The table, where there are several. Default: the first."
)
@click.option(
    "--top", type=Whole(min=1), default=10, show_default=True, help="How many tokens to print."
)
@file_options("Also draw the tokens in a plane (.png).")
@click.option(
    "--tokens",
    type=Whole(min=2, max=5000),
    default=200,
    show_default=True,
    help="How many tokens of the vocabulary to draw, from its first.",
)
@goes_with("--tokens", "--output")
@json_option
def embeddings(
    run: str | None,
    analogy: str | None,
    output: str | None,
    tokens: int,
    overwrite: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Print the nearest tokens of a word by the cosine of their vectors; without one, the nearest
    pairs.

    A cosine is 1 for vectors of the same direction and 0 for unrelated ones. The picture shows the
    tokens in the plane in which they differ most.

    \b
    rnnkit inspect embeddings --word mouse
    rnnkit inspect embeddings runs/imdb_lstm --word good --word bad -o map.png
    rnnkit inspect embeddings runs/imdb_lstm --analogy "good better bad"
    """
    from rnnkit.workflows.inspect import embeddings as workflow

    three = [] if analogy is None else analogy.split()
    if analogy is not None and not three:
        raise click.UsageError("--analogy expects three words, such as 'man king woman'.")
    found = workflow.embeddings(run, analogy=three, **asked)
    if output is not None:
        workflow.write_picture(output, found, tokens, overwrite=overwrite)
        log.info(f"written to {output}")
    if as_json:
        print_json(workflow.as_json(found))
    else:
        _print(found)


def _print(found: Embeddings) -> None:
    say(
        f"{found.layer}: {counted(found.tokens, 'token')}, {counted(found.features, 'number')} each"
    )
    if found.chance is not None:
        say(f"of pairs drawn at random, 1 in 100 has a cosine above {found.chance:.2f}")
    for word in found.neighbours:
        say()
        note = "" if word.is_known else ", which the vocabulary lacks, by what it is made of"
        say(f"nearest to {word.word!r}{note}")
        print_table(["  token", "cosine"], [_row(near.token, near.cosine) for near in word.tokens])
    if found.analogy:
        say()
        _print_analogy(found.analogy)
    if found.pairs:
        say()
        say("nearest pairs")
        rows = [
            [f"  {quoted_token(pair.token)}", quoted_token(pair.other), f"{pair.cosine:.2f}"]
            for pair in found.pairs
        ]
        print_table(["  token", "token", "cosine"], rows)


def _print_analogy(analogy: Analogy) -> None:
    first, second, third = analogy.words
    say(f"{first!r} is to {second!r} as {third!r} is to")
    print_table(["  token", "cosine"], [_row(near.token, near.cosine) for near in analogy.answers])
    if analogy.answers and analogy.answers[0].token == analogy.without_offset:
        say(
            f"{analogy.without_offset!r} is the nearest token of {third!r} alone: the first two"
            " words change nothing"
        )


def _row(token: str, cosine: float) -> list[str]:
    return [f"  {quoted_token(token)}", f"{cosine:.2f}"]
