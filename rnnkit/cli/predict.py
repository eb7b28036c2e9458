"""`rnnkit predict`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click
from click.core import ParameterSource

from rnnkit.cli.options import RUN_HELP, code_option, json_option, run_argument, text_from, to_stderr
from rnnkit.cli.tables import print_json, print_table


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@click.option("--text", metavar="TEXT", help="What to answer; - reads standard input.")
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="How many answers.")
@click.option("--input", "source", metavar="FILE", help="A .csv, .tsv, .jsonl or .txt file (a text a line) to answer row by row; - reads lines.")
@click.option("-o", "--output", metavar="FILE", default="-", help="Where the answered table goes: .csv, .tsv or .jsonl; standard output where unset.")
@click.option("--column", metavar="NAME", help="The column of the text in --input; the run's own where unset.")
@click.option("--overwrite", is_flag=True, help="Replace the file of --output.")
@json_option
def predict(run: str | None, text: str | None, top: int, source: str | None, output: str, column: str | None, overwrite: bool, as_json: bool) -> None:
    """Print what a run says to a text: a classifier's label, a language model's likeliest next symbols, a forecaster's next numbers,
    an encoder-decoder's translation.

    With --input, a whole table: the answer is added to each row. Files larger than memory stream through.

    \b
    rnnkit predict --text "what a wonderful film"
    rnnkit predict --input reviews.csv --output scored.csv
    rnnkit predict runs/fable --text "had a general" --top 5
    rnnkit predict runs/toy_two_steps --text "0.3 0.4"
    rnnkit predict runs/translate_en_fr --input lines.txt --output french.tsv
    """
    from rnnkit.workflows import predict as workflow

    if (text is None) == (source is None):
        raise click.UsageError("Expected one of --text and --input.")
    context = click.get_current_context()
    given = {name for name in context.params if context.get_parameter_source(name) == ParameterSource.COMMANDLINE}
    if unused := sorted(given & ({"top", "as_json"} if text is None else {"output", "column", "overwrite"})):
        option = "json" if unused[0] == "as_json" else unused[0]
        raise click.UsageError(f"--{option} goes with --{'text' if text is None else 'input'} only.")
    if text is None:
        answered = workflow.predict_file(run, str(source), output, column=column, overwrite=overwrite, say=to_stderr)
        to_stderr(f"{answered:,} rows answered" + (f", written to {output}" if output != "-" else ""))
        return

    rows = [asdict(row) for row in workflow.predict(run, text_from(text), top=top, where="--text", warn=to_stderr)]
    if as_json:
        print_json(rows)
    else:
        print_table(list(rows[0]), [[_cell(value) for value in row.values()] for row in rows])


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value if value.strip() else repr(value)
    return f"{value:.4f}" if isinstance(value, float) else str(value)
