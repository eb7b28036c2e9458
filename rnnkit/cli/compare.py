"""`rnnkit compare`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from rnnkit.cli.combinations import goes_with
from rnnkit.cli.options import code_option, engine_option, json_option, picture_option, picture_path
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table

if TYPE_CHECKING:
    from rnnkit.workflows.compare.result import Comparison


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="RUN RUN...")
@click.option(
    "--part",
    type=click.Choice(["train", "validation", "test"]),
    help="The part whose rows are compared. Default: the one that choices were based on.",
)
@click.option("--metric", metavar="NAME", help="The score to compare. Default: that of a verdict.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write the comparison: a page (.html), a row for each run (.csv), or all of it (.json).",
)
@picture_option("the scores with their spread")
@click.option("--overwrite", is_flag=True, help="Replace the file of --output or --plot.")
@goes_with("--overwrite", "--output", "--plot")
@engine_option
@code_option
@json_option
def compare(
    names: tuple[str, ...],
    part: str | None,
    metric: str | None,
    output: str | None,
    plot: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Compare runs by a paired test on the same rows.

    It prints the scores, and the sentence that the test allows.

    McNemar's exact test for classes, a bootstrap over sentences or texts for tags, perplexity and
    BLEU, Diebold and Mariano's test for series. Runs of one config with different seeds are one
    contender.

    \b
    rnnkit compare runs/imdb_lstm runs/imdb_gru
    rnnkit compare runs/imdb_lstm runs/imdb_gru --part test -o duel.html
    """
    from rnnkit.workflows.compare.files import targets_of, write_all
    from rnnkit.workflows.compare.runs import compare_runs

    targets = targets_of(output, picture_path(plot, output, "compare.png"), overwrite=overwrite)
    comparison = compare_runs(names, part, metric)
    write_all(comparison, targets)
    if as_json:
        print_json(comparison.as_json())
        return
    print_table(*_table(comparison))
    say()
    for sentence in comparison.sentences:
        say(sentence)
    for path in targets:
        say(f"written to {path}")


def _table(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """The contenders, the best first, then what they are compared with."""
    from rnnkit.workflows.compare.words import metric_name, score_text, spread_text

    metric, chosen = comparison.metric, any(one.chosen_by for one in comparison.contenders)
    header = ["", metric_name(metric), "spread", "seeds"]
    header += ["validation"] * chosen + ["parameters", "epochs", "s/epoch"]
    rows = []
    for one in comparison.ranked():
        by = sum(one.chosen_by) / len(one.chosen_by) if one.chosen_by else math.nan
        rows.append(
            [
                one.name,
                score_text(metric, one.mean),
                spread_text(metric, one.spread),
                str(len(one.scores)),
                *([score_text(metric, by)] * chosen),
                "" if one.parameters is None else f"{one.parameters:,}",
                f"{one.epochs:.0f}" if one.epochs else "",
                "" if math.isnan(one.seconds) else f"{one.seconds:.2f}",
            ]
        )
    beside = [*comparison.baselines.items()]
    if comparison.published is not None:
        value, source = comparison.published
        beside.append((f"published: {source}", value))
    rest = [""] * (len(header) - 2)
    rows += [[f"  {who}", score_text(metric, value), *rest] for who, value in beside]
    return header, rows
