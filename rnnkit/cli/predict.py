"""`rnnkit predict`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from rnnkit.cli.options import (
    RUN_HELP,
    code_option,
    json_option,
    run_argument,
    text_from,
    to_stderr,
)
from rnnkit.cli.tables import print_json, print_table, tag_colours

ONLY_WITH = {
    "as_json": ("text", "anomalies"),
    "column": ("input",),
    "horizon": ("input", "horizon"),
    "output": ("input", "horizon", "anomalies"),
    "overwrite": ("input", "horizon", "anomalies"),
    "plot": ("input", "horizon", "anomalies"),
    "text": ("text",),
    "threshold": ("anomalies",),
    "top": ("text",),
    "windows": ("anomalies",),
}
"""Options that go with some ways to ask only."""


@click.command(epilog=RUN_HELP)
@run_argument
@code_option
@click.option("--text", metavar="TEXT", help="What to answer; - reads standard input.")
@click.option(
    "--top", type=click.IntRange(min=1), default=5, show_default=True, help="How many answers."
)
@click.option(
    "--input",
    "source",
    metavar="FILE",
    help="A .csv, .tsv, .jsonl or .txt file (a text a line) to answer row by row; - reads lines.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="-",
    help="Where the answered table goes: .csv, .tsv or .jsonl; standard output where unset.",
)
@click.option(
    "--column", metavar="NAME", help="The column of the text in --input; the run's own where unset."
)
@click.option(
    "--horizon",
    type=click.IntRange(min=1),
    help="How many steps a forecaster looks ahead; without --input, after its own series.",
)
@click.option(
    "--anomalies", is_flag=True, help="List where a series was not as a forecaster expected."
)
@click.option(
    "--windows", metavar="FILE", help="Labelled windows (JSON) to hold --anomalies against."
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=1e-5,
    show_default=True,
    help="How unlikely an anomaly is.",
)
@click.option(
    "--plot",
    metavar="[FILE]",
    is_flag=False,
    flag_value="",
    help="A picture (.png) of the forecast or the anomalies, else beside --output.",
)
@click.option("--overwrite", is_flag=True, help="Replace the files of --output and --plot.")
@json_option
def predict(
    run: str | None,
    text: str | None,
    top: int,
    source: str | None,
    output: str,
    column: str | None,
    horizon: int | None,
    anomalies: bool,
    windows: str | None,
    threshold: float,
    plot: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Print what a run says to a text: a classifier's label, a tagger's tag for each token, a
    language model's likeliest next symbols, an encoder-decoder's translation, a forecaster's next
    numbers.

    With --input, a whole table: the answer is added to each row. Files larger than memory stream
    through. A tagger reads sentences: .txt (one a line), .jsonl ({"tokens": [...]}), .conllu, or
    columns, and writes .conll or .jsonl; a run on arrays reads .npz. Of a forecaster the table is a
    series: --horizon says how many steps come next, --anomalies lists where it was not as expected.

    \b
    rnnkit predict --text "what a wonderful film"
    rnnkit predict --input reviews.csv --output scored.csv
    rnnkit predict runs/ner_conll03 --text "Angela Merkel visited Paris"
    rnnkit predict runs/ner_conll03 --input sentences.txt --output tagged.conll
    rnnkit predict runs/fable --text "had a general" --top 5
    rnnkit predict runs/toy_two_steps --text "0.3 0.4"
    rnnkit predict runs/translate_en_fr --input lines.txt --output french.tsv
    rnnkit predict runs/airline --input new.csv --horizon 12 --output forecast.csv --plot
    forecast.png rnnkit predict runs/nab_machine_temperature --anomalies --windows labels.json
    --plot events.png
    """
    from rnnkit.workflows import predict as workflow

    way = (
        "anomalies"
        if anomalies
        else (
            "text"
            if text is not None
            else "input"
            if source is not None or horizon is None
            else "horizon"
        )
    )
    if (text is not None and source is not None) or (
        way == "input" and source is None and horizon is None
    ):
        raise click.UsageError("Expected one of --text and --input.")
    context = click.get_current_context()
    given = {
        name
        for name in context.params
        if context.get_parameter_source(name) == ParameterSource.COMMANDLINE
    }
    for name in sorted(given & ONLY_WITH.keys()):
        if way not in ONLY_WITH[name]:
            option = "json" if name == "as_json" else name
            others = ["alone" if other == name else f"--{other}" for other in ONLY_WITH[name]]
            raise click.UsageError(f"--{option} goes with {' or '.join(others)} only.")
    if plot == "":
        plot = (
            str(Path(output).with_suffix(".png"))
            if output != "-"
            else f"{'anomalies' if anomalies else 'forecast'}.png"
        )
    if way == "anomalies":
        _anomalies(
            run,
            source,
            output if "output" in given else None,
            windows,
            threshold,
            plot,
            overwrite,
            as_json,
        )
        return
    if text is None:
        answered = workflow.predict_file(
            run,
            source,
            output,
            column=column,
            horizon=horizon,
            plot=plot,
            overwrite=overwrite,
            say=to_stderr,
        )
        to_stderr(
            f"{answered:,} rows answered" + (f", written to {output}" if output != "-" else "")
        )
        return

    rows = [
        asdict(row)
        for row in workflow.predict(run, text_from(text), top=top, where="--text", warn=to_stderr)
    ]
    if as_json:
        print_json(rows)
    else:
        colours = tag_colours([row["tag"] for row in rows]) if "tag" in rows[0] else ()
        print_table(
            list(rows[0]), [[_cell(value) for value in row.values()] for row in rows], colours
        )


def _anomalies(
    run: str | None,
    source: str | None,
    output: str | None,
    windows: str | None,
    threshold: float,
    plot: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    from rnnkit.workflows import forecast as workflow

    events, scores = workflow.find_anomalies(
        run,
        source,
        output,
        threshold=threshold,
        windows=windows,
        plot=plot,
        overwrite=overwrite,
        say=to_stderr,
    )
    told = f"{len(events)} events" + (f"; {scores}" if scores else "")
    if output == "-":  # the steps are on standard output
        to_stderr(told)
    elif as_json:
        print_json(
            {
                "events": [asdict(event) for event in events],
                "scores": asdict(scores) if scores else None,
            }
        )
    else:
        rows = [
            [event.first, event.last, str(event.steps), f"{event.probability:.1e}", event.labelled]
            for event in events
        ]
        print_table(["first", "last", "steps", "probability", "labelled"], rows)
        click.echo(told)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value if value.strip() else repr(value)
    return f"{value:.4f}" if isinstance(value, float) else str(value)
