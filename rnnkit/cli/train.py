"""`rnnkit train`."""

from __future__ import annotations

from typing import Any

import click

from rnnkit.cli.combinations import goes_with
from rnnkit.cli.layers import dry_run_json, print_dry_run
from rnnkit.cli.name_completion import config_names
from rnnkit.cli.options import CALL_WORDS, backend_options, code_arguments, code_option
from rnnkit.cli.output import print_json, say
from rnnkit.cli.processes import (
    options_again,
    process_options,
    require_alone,
    take_process_options,
    train_together,
)
from rnnkit.cli.rate_test import FLAG, is_requested, rate_test_options, run_rate_test
from rnnkit.cli.tables import print_evaluations
from rnnkit.resume_command import resume_options
from rnnkit.stage_times import measured_stages, stage


@click.command()
@click.argument("config", shell_complete=config_names)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "--resume",
    is_flag=True,
    help="CONFIG is a run: continue it exactly where it stopped.",
)
@click.option(
    "--allow-changes",
    is_flag=True,
    expose_value=False,
    callback=lambda context, _, value: context.meta.update({"rnnkit.allow_changes": value}),
    help="Resume with an edited config.yaml, other versions, another backend or device too.",
)
@click.option(
    "--smoke", is_flag=True, help="A few steps on a small built-in sample: does it run at all?"
)
@click.option(
    "--dry-run",
    is_flag=True,
    expose_value=False,
    callback=lambda context, _, value: context.meta.update({"rnnkit.dry_run": value}),
    help="Run a few steps and keep nothing: shapes, memory, seconds per epoch.",
)
@click.option(
    "--init-from",
    metavar="RUN",
    help="Start from the weights, vocabulary and labels of another run; with other labels the "
    "output layer starts anew.",
)
@process_options
@rate_test_options
@goes_with("--json", "--dry-run", FLAG)
@click.option("--json", "as_json", is_flag=True, help=f"With --dry-run or {FLAG}: print JSON.")
@backend_options
@code_option
@measured_stages()
def train(
    config: str,
    overrides: tuple[str, ...],
    resume: bool,
    smoke: bool,
    init_from: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Train the model of CONFIG in a new run folder.

    Runs go to runs/, or to RNNKIT_RUNS; none is ever overwritten.

    \b
    rnnkit train configs/fable.yaml
    rnnkit train fable train.epochs=50 model.layers.0.lstm.units=64
    rnnkit train imdb_lstm --dry-run
    rnnkit train imdb_lstm --learning-rate-test --plot rates.png
    rnnkit train runs/fable --resume train.epochs=200
    """
    meta = click.get_current_context().meta
    processes, dry_run = take_process_options(options), meta["rnnkit.dry_run"]
    if meta["rnnkit.allow_changes"] and not resume:
        raise click.UsageError("--allow-changes goes with --resume: nothing is resumed.")
    several = bool(processes["num_processes"])
    if not several:
        require_alone()
    _check_options(several, resume=resume, smoke=smoke, dry_run=dry_run, init_from=init_from)
    device, backend = options["device"], options["backend"]
    if is_requested():
        run_rate_test(config, overrides, device, backend, as_json=as_json)
        return
    if dry_run:
        from rnnkit.workflows.dry_run import dry_run as measure

        planned = measure(config, overrides, device=device, backend_name=backend)
        print_json(dry_run_json(planned)) if as_json else print_dry_run(planned)
        return
    with stage("start"):
        from rnnkit.workflows.processes.training_call import TrainingCall
    asked = TrainingCall(
        config,
        overrides,
        resume=resume,
        smoke=smoke,
        init_from=init_from,
        device=device,
        backend_name=backend,
        allow_changes=meta["rnnkit.allow_changes"],
    )
    with resume_options(options_again(processes)):
        words = meta[CALL_WORDS]
        training = train_together(asked, processes, words) if several else asked.train()
    print_evaluations(training.evaluations)
    say(training.best)
    say(f"saved in {training.run}")
    say(f"next: {training.next_command}{'' if training.signal else code_arguments()}")
    if training.signal:
        raise SystemExit(128 + training.signal)


def _check_options(
    processes: bool, *, resume: bool, smoke: bool, dry_run: bool, init_from: str | None
) -> None:
    if resume and smoke:
        raise click.UsageError(
            "--smoke and --resume exclude each other: a smoke run is resumed with --resume alone."
        )
    if resume and init_from:
        raise click.UsageError(
            "--init-from and --resume exclude each other: a resumed run continues from its"
            " own weights."
        )
    if dry_run and (resume or smoke or init_from or is_requested()):
        raise click.UsageError("--dry-run goes with a config alone: nothing is trained.")
    if processes and (dry_run or is_requested()):
        one = "--dry-run" if dry_run else FLAG
        raise click.UsageError(f"{one} does not go with --num-processes: one process measures.")
    if is_requested() and (resume or smoke or init_from):
        raise click.UsageError(f"{FLAG} goes with a config alone: nothing is kept.")
