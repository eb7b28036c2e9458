"""`rnnkit predict`."""

from __future__ import annotations

import functools
from dataclasses import asdict
from typing import Any

import click
from click.core import ParameterSource

from rnnkit.cli.combinations import goes_with
from rnnkit.cli.deprecated import deprecated_options, run_deprecated
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import (
    RUN_HELP,
    code_option,
    engine_option,
    json_option,
    keys_argument,
    require_file,
    text_from,
    text_option,
)
from rnnkit.cli.output import print_json
from rnnkit.cli.tables import print_table, tag_colours
from rnnkit.progress import log
from rnnkit.quantities import counted

OPTIONS_OF = {"--text": ("top", "as_json"), "--input": ("column", "output", "overwrite", "jobs")}
"""The options that depend on --text, and those that depend on --input."""

IN_UNITS = ("forecast", "lower", "upper")
"""Columns in the unit of a series, which are rounded already."""


@click.command(epilog=RUN_HELP)
@keys_argument("--input")
@functools.partial(code_option, hidden=True)
@text_option("The text to answer")
@click.option(
    "--top",
    type=Whole(min=1),
    default=5,
    show_default=True,
    help="How many answers per text, most probable first.",
)
@click.option(
    "--input",
    "sources",
    multiple=True,
    metavar="FILE",
    help=(
        "What to answer record by record: a file, a folder or a quoted pattern; repeat for "
        "several. .csv .tsv .jsonl .parquet .arrow .txt, for a tagger .conll .conllu, for arrays "
        ".npz; - reads lines."
    ),
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="-",
    help=(
        "Where to write the answers: any of these formats except .npz; of several files also a "
        "folder. Default: standard output."
    ),
)
@click.option(
    "--column",
    metavar="NAME",
    help="The column to answer. Default: the one that the run was trained on.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file of --output.")
@goes_with("--overwrite", "--output", "--plot")
@click.option(
    "--jobs",
    type=Whole(min=1, max=1024),
    default=1,
    hidden=True,
    help="How many processes answer the files of --input.",
)
@functools.partial(engine_option, hidden=True)
@json_option
@deprecated_options
def predict(
    run: str | None,
    text: str | None,
    sources: tuple[str, ...],
    top: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Answer a text, or every row of a file.

    A classifier answers with a label, a tagger with a tag for each token, a language model with the
    most probable next tokens, an encoder-decoder with a translation, a forecaster with numbers.

    With --input, whole files: the answer is added to each row. Files larger than memory stream
    through; --jobs N has N processes answer. The same command continues one that was stopped.
    KEY=VALUE says how files are written, with the keys of a table: separator, encoding, quotes. A
    series is answered by `rnnkit forecast` and `rnnkit anomalies`. Your own components are imported
    with --code FILE.py, as for every verb.

    \b
    rnnkit predict --text "what a wonderful film"
    rnnkit predict --input reviews.csv --output scored.csv
    rnnkit predict --input "parts/*.csv" --output scored --jobs 4
    rnnkit predict --input excel.csv separator=";" encoding=cp1252
    rnnkit predict runs/ner_conll03 --text "Angela Merkel visited Paris"
    rnnkit predict runs/ner_conll03 --input sentences.txt --output tagged.conll
    rnnkit predict runs/fable --text "had a general" --top 5
    rnnkit predict runs/translate_en_fr --input lines.txt --output french.tsv
    """
    require_file("".join(sources) or None)
    column, output, overwrite, jobs = (options.pop(name) for name in OPTIONS_OF["--input"])
    if run_deprecated(run, sources, output, overwrite, as_json, options):
        return
    if (text is None) != bool(sources):
        raise click.UsageError("Expected one of --text and --input.")
    _require_matching("--text" if text is not None else "--input")
    from rnnkit.workflows import predict as workflow

    if sources:
        count, files = workflow.predict_files(
            run, sources, output, column=column, overwrite=overwrite, jobs=jobs
        )
        written = f", written to {output}" if output != "-" else ""
        in_files = f" of {files:,} files" if files > 1 else ""
        log.info(f"{counted(count, 'row')}{in_files} answered{written}")
        return
    rows = [asdict(row) for row in workflow.predict(run, text_from(text or ""), top=top)]
    if as_json:
        print_json(rows)
        return
    colours = tag_colours([row["tag"] for row in rows]) if "tag" in rows[0] else ()
    print_table(list(rows[0]), [[_cell(*cell) for cell in row.items()] for row in rows], colours)


def _require_matching(source: str) -> None:
    context = click.get_current_context()
    for other, names in OPTIONS_OF.items():
        for name in names if other != source else ():
            if context.get_parameter_source(name) == ParameterSource.COMMANDLINE:
                option = name.removeprefix("as_")
                raise click.UsageError(f"--{option} goes with {other} only.")


def _cell(name: str, value: object) -> str:
    """A cell of a table."""
    if isinstance(value, str):
        return value if value.strip() else repr(value)
    return f"{value:.4f}" if isinstance(value, float) and name not in IN_UNITS else str(value)
