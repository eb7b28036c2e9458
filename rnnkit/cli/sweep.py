"""`rnnkit sweep`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.name_completion import config_names
from rnnkit.cli.numbers import Whole
from rnnkit.cli.options import backend_options, code_option, json_option
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.quantities import percent

if TYPE_CHECKING:
    from rnnkit.workflows.sweep.result import Result

SHOWN = 10


@click.command()
@click.argument("config", metavar="CONFIG", shell_complete=config_names)
@click.argument("assignments", nargs=-1, metavar="[KEY=VALUES]...")
@click.option("--trials", type=Whole(min=1, max=10_000), help="How many trainings. Default: 20.")
@click.option(
    "--search",
    type=click.Choice(["auto", "grid", "random", "tpe"]),
    help="grid: each combination of values; random: drawn; tpe: drawn near what did well, by"
    " Optuna. Default: grid, of ranges random.",
)
@click.option(
    "--prune/--no-prune",
    default=None,
    help="End a trial that does worse than the median of the others, by Optuna.",
)
@click.option(
    "--metric",
    metavar="NAME",
    help="The score of validation that chooses, such as val_loss. Default: train.monitor.",
)
@click.option("--random-seed", type=Whole(min=0), help="Seed of what is drawn. Default: 0.")
@click.option(
    "--jobs", type=Whole(min=1, max=1_000), help="How many processes work on it. Default: 1."
)
@click.option(
    "--launcher",
    type=click.Choice(["local", "ray"]),
    help="Where they are: on this machine, or on a Ray cluster (RAY_ADDRESS). Default: local.",
)
@click.option(
    "--storage",
    metavar="FILE|URL",
    help="Optuna's journal or database, for machines that share no drive. Default: a journal in"
    " the sweep's folder.",
)
@click.option("--name", help="Name of the sweep. Default: CONFIG-sweep.")
@backend_options
@code_option
@json_option
def sweep(
    config: str, assignments: tuple[str, ...], as_json: bool, backend: str | None, **options: Any
) -> None:
    """Train CONFIG with many values of its keys, and choose one.

    KEY=32,64,128 names values, KEY=1e-4..1e-2 a range, KEY=1e-4..1e-2:log a range by factors;
    KEY=VALUE holds for all trials. The config's `sweep:` section may say the same.

    Each trial is an ordinary run, in a folder of the sweep below runs/. Validation chooses; the
    winner alone is scored on test. The same call again trains only what is not done, and more
    trials continue it; in a second process, or on a machine that shares the drive, it shares the
    work.

    \b
    rnnkit sweep fable model.layers.0.lstm.units=32,64 train.epochs=20
    rnnkit sweep imdb_lstm train.learning_rate=1e-4..1e-2:log train.batch_size=32,64 --trials 12
    """
    from rnnkit.workflows.sweep.plan import SweepOptions
    from rnnkit.workflows.sweep.sweep import sweep as run_sweep

    swept = run_sweep(SweepOptions(config, assignments, backend_name=backend, **options))
    if swept.result is None:
        say("stopped; the same command again continues it")
        raise SystemExit(128 + (swept.signal or 0))
    if as_json:
        print_json(swept.result.as_json())
        return
    _print(swept.result)


def _print(result: Result) -> None:
    from rnnkit.workflows.sweep.space import value_text

    best = result.best
    assert best is not None
    keys = list(best.point)
    rows = [
        [
            str(trial.number),
            *(value_text(trial.point[key]) for key in keys),
            f"{trial.score:.4f}" if trial.is_complete else trial.state,
            str(trial.epoch),
            f"{trial.seconds:.1f}",
        ]
        for trial in result.outcomes[:SHOWN]
    ]
    print_table(["trial", *keys, result.metric, "epoch", "seconds"], rows)
    if len(result.outcomes) > SHOWN:
        say(f"and {len(result.outcomes) - SHOWN} more in {result.folder}/sweep.csv")
    say()
    if result.importance:
        shares = ", ".join(f"{key} {percent(share)}" for key, share in result.importance.items())
        say(f"variance of {result.metric} that each key alone explains: {shares}")
    for who, scores in result.test.items():
        shown = "  ".join(
            f"{name} {value:.4g}" for name, value in scores.items() if value is not None
        )
        say(f"test, {who}: {shown}")
    say(f"trial {best.number} is the best; its config is {result.folder}/best.yaml")
    say(f"saved in {result.folder}, with sweep.csv, sweep.json and sweep.png")
