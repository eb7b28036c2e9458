"""`rnnkit inspect explain`."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.combinations import excludes
from rnnkit.cli.heat_map import BLUE, ORANGE
from rnnkit.cli.inspect.arrays import aligned
from rnnkit.cli.inspect.files import file_options
from rnnkit.cli.inspect.tokens import shown_token
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import (
    RUN_HELP,
    code_option,
    condition_option,
    conditioned_text,
    engine_option,
    json_option,
    keys_argument,
    require_file,
    text_option,
)
from rnnkit.cli.output import paint, print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.progress import log
from rnnkit.quantities import counted, percent
from rnnkit.report.numbers import number_text

if TYPE_CHECKING:
    from rnnkit.workflows.inspect.explain import Explanation, Part

LONGEST_BAR = 20
MOST_FEATURES = 12
ROUNDING = 1e-6  # a share of the score
WEAK, STRONG = 0.25, 0.6  # shares of the largest contribution that a sign and two signs mark


@click.command(epilog=RUN_HELP)
@keys_argument("--input")
@code_option
@text_option()
@condition_option
@click.option(
    "--input",
    "source",
    metavar="FILE",
    help="Of a forecaster, a table with the series, instead of its own.",
)
@click.option(
    "--class",
    "label",
    metavar="LABEL",
    help="The label, tag, token or target to explain. Default: the answer.",
)
@click.option(
    "--at",
    metavar="TOKEN|N",
    help="Whose tag, which token of a target or a text, or which step ahead, from 1.",
)
@click.option(
    "--method",
    type=click.Choice(["leave-one-out", "integrated"]),
    default="leave-one-out",
    show_default=True,
    help="How: the score without each part, or integrated gradients, which add up.",
)
@click.option(
    "--top",
    type=Whole(min=1),
    default=30,
    show_default=True,
    help="How many parts to list, those that count most.",
)
@excludes("--condition", "--input", "a series is read without one")
@excludes("--json", "--output", "the picture is drawn instead of the table")
@excludes("--json", "--html", "the page is written instead of the table")
@file_options(
    "Draw bars or a heat map (.png) instead of the table.",
    "Write the coloured text as a page instead.",
)
@engine_option
@json_option
def explain(
    run: str | None, text: str | None, source: str | None, top: int, as_json: bool, **options: Any
) -> None:
    """Print what each token contributed to an answer, or each feature at each lag to a forecast.

    A part's contribution is the score with it, less that without it: above 0 it spoke for the
    answer, below 0 against it. With --method integrated the contributions add up to the score,
    from that of an input that says nothing. The score of a label, a tag or a token is its
    log-odds, ln(p / (1 - p)); that of a forecast is the number itself.

    \b
    rnnkit inspect explain runs/imdb_lstm --text "what a wonderful film"
    rnnkit inspect explain runs/imdb_lstm --text "what a wonderful film" --class neg
    rnnkit inspect explain runs/ner_conll03 --text "Angela Merkel visited Paris" --at Paris
    rnnkit inspect explain runs/airline --at 12
    """
    require_file(source)
    if text is not None and source is not None:
        raise click.UsageError("Expected one of --text and --input.")
    from rnnkit.tasks.capabilities import About
    from rnnkit.workflows.inspect import explain as workflow

    about, method = About(options["label"], options["at"]), options["method"]
    condition = options["condition"]
    read = conditioned_text(text, condition)
    explanations = workflow.explain(
        run, read, about, source=source, method=method, condition=condition
    )
    if options["output"] is not None or options["page"] is not None:
        _write(explanations, options)
    elif as_json:
        print_json([asdict(explanation) for explanation in explanations])
    elif len(explanations) > 1:
        _print_map(explanations)
    else:
        _print_single(explanations[0], top)


def _write(explanations: list[Explanation], options: dict[str, Any]) -> None:
    from rnnkit.workflows.inspect import explanation_files

    for write, file in (
        (explanation_files.write_picture, options["output"]),
        (explanation_files.write_page, options["page"]),
    ):
        if file is not None:
            write(file, explanations, overwrite=options["overwrite"])
            log.info(f"written to {file}")


def _print_single(explanation: Explanation, top: int) -> None:
    how = explanation.manner if explanation.start is None else _sum(explanation)
    say(f"{_headline(explanation)}; {how}")
    largest = max(abs(part.contribution) for part in explanation.parts)
    if largest < ROUNDING * max(1, abs(explanation.score)):  # rounding errors alone
        largest = math.inf
    is_text = not explanation.parts[0].feature
    if is_text:
        say(lead=" ".join(_coloured_token(part, largest) for part in explanation.parts))
    else:
        _print_features(explanation)
    parts, unit = explanation.parts, explanation.unit
    order = sorted(range(len(parts)), key=lambda row: -abs(parts[row].contribution))[:top]
    shown = [parts[row] for row in (sorted(order) if is_text else order)]
    names = ["token"] if is_text else ["step" if parts[0].lag is None else "lag", "feature"]
    without = [f"{'p' if explanation.probability is not None else unit} without it"]
    without *= explanation.start is None
    numbers = aligned([part.contribution for part in shown])
    rows = [
        [*_names(part), number, *_cells(part, largest)]
        for part, number in zip(shown, numbers, strict=True)
    ]
    print_table([*names, "contribution", *without, ""], rows)
    if len(shown) < len(explanation.parts):
        say(f"{len(shown):,} of {counted(len(explanation.parts), 'part')}; --top N lists more")


def _print_features(explanation: Explanation) -> None:
    """What all steps of each feature contributed."""
    features = list(dict.fromkeys(part.feature for part in explanation.parts))
    if len(features) == 1:
        return
    each = {
        name: [part.contribution for part in explanation.parts if part.feature == name]
        for name in features
    }
    order = sorted(features, key=lambda name: -sum(map(abs, each[name])))[:MOST_FEATURES]
    sums = aligned([sum(each[name]) for name in order])
    sizes = aligned([sum(map(abs, each[name])) for name in order], sign="")
    rows = [[*row] for row in zip(order, sums, sizes, strict=True)]
    print_table(["feature", "all its steps", "sizes alone"], rows)
    say()


def _headline(explanation: Explanation) -> str:
    if explanation.probability is not None:
        probability = percent(explanation.probability, 2)
        return f"{explanation.answer}: {probability}, log-odds {explanation.score:.2f}"
    added = (
        ""
        if explanation.base is None
        else f", from {explanation.base:,.4g}, to which the model adds"
    )
    return f"{explanation.answer}: {explanation.score:,.4g}{added}"


def _sum(explanation: Explanation) -> str:
    """What integrated gradients add up to."""
    total = math.fsum(part.contribution for part in explanation.parts)
    start = explanation.start or 0.0
    error = (
        f"{abs(start + total - explanation.score):.1g}, by {explanation.points} points of the path"
    )
    return f"{start:,.4g} with {explanation.manner}, and {total:+,.4g} by the parts, to {error}"


def _names(part: Part) -> list[str]:
    if not part.feature:
        return [shown_token(part.part)]
    return [part.part if part.lag is None else str(part.lag), part.feature]


def _cells(part: Part, largest: float) -> list[str]:
    bar = round(LONGEST_BAR * abs(part.contribution) / largest)
    signs = ("+" if part.contribution > 0 else "-") * bar
    return [signs] if part.without is None else [number_text(part.without), signs]


def _coloured_token(part: Part, largest: float) -> str:
    """A token with signs for its contribution: blue if it supports the answer, else orange."""
    share = abs(part.contribution) / largest
    sign = "+" if part.contribution > 0 else "-"
    marks = sign * ((share >= WEAK) + (share >= STRONG))
    token = shown_token(part.part)
    if not marks:
        return paint(token)
    ground = BLUE if part.contribution > 0 else ORANGE
    return paint(f"{token}[{marks}]", bg=ground, fg="white")


def _manner(explanation: Explanation) -> str:
    return (
        explanation.manner if explanation.start is None else f"from {explanation.manner}, adding up"
    )


def _print_map(explanations: list[Explanation]) -> None:
    """What each source token contributed to each target token."""
    first = explanations[0]
    rows = [
        [
            shown_token(explanation.answer),
            percent(explanation.probability or 0),
            *aligned([part.contribution for part in explanation.parts]),
        ]
        for explanation in explanations
    ]
    say(f"log-odds of each decoded token, a row each, by each source token; {_manner(first)}")
    print_table(["", "p", *(shown_token(part.part) for part in first.parts)], rows)
