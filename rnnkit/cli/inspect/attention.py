"""`rnnkit inspect attention`."""

from __future__ import annotations

from dataclasses import asdict

import click

from rnnkit.cli.combinations import excludes
from rnnkit.cli.inspect.files import file_options
from rnnkit.cli.inspect.tokens import shown_token
from rnnkit.cli.options import (
    RUN_HELP,
    code_option,
    json_option,
    run_argument,
    text_from,
    text_option,
)
from rnnkit.cli.output import print_json
from rnnkit.cli.tables import print_table
from rnnkit.progress import log


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@text_option("The source", required=True)
@excludes("--json", "--output", "the map is drawn instead of the table")
@file_options("Draw a heat map (.png) instead of the table.")
@json_option
def attention(
    run: str | None, text: str, output: str | None, overwrite: bool, as_json: bool
) -> None:
    """Print the decoded target of a source, and the attention of each of its tokens to the source.

    \b
    rnnkit inspect attention --text "I am cold."
    rnnkit inspect attention runs/translate_en_fr --text "I am cold." -o map.png
    """
    from rnnkit.workflows.inspect import attention as workflow

    attended = workflow.attention(run, text_from(text))
    if output is not None:
        workflow.write_map(output, attended, overwrite=overwrite)
        log.info(f"written to {output}")
    elif as_json:
        print_json(asdict(attended))
    else:
        rows = [
            [shown_token(token), *(f"{share:.2f}" for share in shares)]
            for token, shares in zip(attended.target, attended.shares, strict=True)
        ]
        print_table(["", *map(shown_token, attended.source)], rows)
