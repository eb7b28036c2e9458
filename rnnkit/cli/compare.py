"""`rnnkit compare`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.combinations import goes_with
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import (
    backend_options,
    code_option,
    engine_option,
    json_option,
    picture_option,
    picture_path,
)
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table

if TYPE_CHECKING:
    from rnnkit.workflows.compare.result import Comparison


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CONFIG|RUN RUN... [KEY=VALUE]...")
@click.option(
    "--layers",
    metavar="NAMES",
    help="Train CONFIG with each of these recurrent layers in turn, such as lstm,gru.",
)
@click.option(
    "--random-seeds",
    type=Whole(min=1, max=1000),
    metavar="N",
    help="Train each with N random seeds. Default: 3.",
)
@click.option(
    "--learning-curve",
    is_flag=True,
    help="Train each on 10, 20, 40, 80 and 100 % of the training set.",
)
@click.option(
    "--part",
    type=click.Choice(["train", "validation", "test"]),
    help="Of runs, the part to compare. Default: the one that choices were based on.",
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
@backend_options
@engine_option
@code_option
@json_option
def compare(
    names: tuple[str, ...],
    output: str | None,
    plot: str | None,
    overwrite: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Compare runs on the same rows by a paired test.

    It prints the scores, and the sentence that the test allows: McNemar's exact test for classes, a
    bootstrap over sentences or texts for tags, perplexity and BLEU, Diebold and Mariano's test for
    series. Runs of one config with different seeds are one contender.

    With --layers, --random-seeds or --learning-curve it trains CONFIG in a folder of its own in
    runs/. The same call again trains only what is not done. The best is chosen on validation; the
    test part is scored once.

    \b
    rnnkit compare runs/imdb_lstm runs/imdb_gru --part test
    rnnkit compare fable --layers simple_rnn,lstm,gru train.epochs=20
    rnnkit compare reviews.yaml --random-seeds 5 --learning-curve -o curve.html
    """
    from rnnkit.workflows.compare.files import targets_of, write_all

    targets = targets_of(output, picture_path(plot, output, "compare.png"), overwrite=overwrite)
    comparison = _compare(names, options)
    write_all(comparison, targets)
    if as_json:
        print_json(comparison.as_json())
        return
    print_table(*_table(comparison))
    if comparison.published is not None:
        say(f"  published: {comparison.published[1]}")
    say()
    for sentence in comparison.sentences:
        say(sentence)
    if comparison.folder:
        say(f"saved in {comparison.folder}, with compare.html")
    for path in targets:
        say(f"written to {path}")


def _compare(names: Sequence[str], options: Mapping[str, Any]) -> Comparison:
    """Compares existing runs, or trains a config for the comparison."""
    overrides = [name for name in names if "=" in name and not Path(name).exists()]
    named = [name for name in names if name not in overrides]
    trains = options["layers"] is not None or options["random_seeds"] or options["learning_curve"]
    if not trains:
        if overrides:
            wanted = "--layers, --random-seeds or --learning-curve"
            raise click.UsageError(f"KEY=VALUE goes with {wanted} only, which train a config.")
        from rnnkit.workflows.compare.runs import compare_runs

        return compare_runs(named, options["part"], options["metric"])
    if len(named) != 1:
        raise click.UsageError(f"Expected one config to train, found {len(named)}.")
    if options["part"]:
        raise click.UsageError(
            "--part goes with runs only: a duel is decided on test, or else on validation."
        )
    from rnnkit.workflows.compare.duel import duel
    from rnnkit.workflows.compare.plan import CompareOptions

    layers = [name.strip() for name in (options["layers"] or "").split(",") if name.strip()]
    if options["layers"] is not None and not layers:
        raise click.UsageError("--layers names no layer.")
    found = duel(
        CompareOptions(
            named[0],
            overrides,
            layers,
            options["random_seeds"] or 3,
            options["learning_curve"],
            options["metric"],
            options["device"],
            options["backend"],
        )
    )
    if found.comparison is None:
        say("stopped; the same command again continues it")
        raise SystemExit(128 + (found.signal or 0))
    return found.comparison


def _table(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """The contenders, best first, then baselines and the published figure."""
    from rnnkit.workflows.compare.sentences import metric_name, score_text, spread_text

    metric, chosen = (
        comparison.metric,
        any(contender.chosen_by for contender in comparison.contenders),
    )
    header = ["", metric_name(metric), "spread", "seeds"]
    header += ["validation"] * chosen + ["parameters", "epochs", "s/epoch"]
    rows = []
    for contender in comparison.ranked():
        scores = contender.chosen_by
        validation = sum(scores) / len(scores) if scores else math.nan
        rows.append(
            [
                contender.name,
                score_text(metric, contender.mean),
                spread_text(metric, contender.spread),
                str(len(contender.scores)),
                *([score_text(metric, validation)] * chosen),
                "" if contender.parameters is None else f"{contender.parameters:,}",
                f"{contender.epochs:.0f}" if contender.epochs else "",
                "" if math.isnan(contender.seconds) else f"{contender.seconds:.2f}",
            ]
        )
    references = [*comparison.baselines.items()]
    if comparison.published is not None:
        references.append(("published", comparison.published[0]))
    rest = [""] * (len(header) - 2)
    rows += [[f"  {who}", score_text(metric, value), *rest] for who, value in references]
    return header, rows
