"""`rnnkit train`."""

from __future__ import annotations

import click

from rnnkit.cli.options import backend_options, code_arguments, code_option
from rnnkit.cli.tables import print_evaluations


@click.command()
@click.argument("config")
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "--resume",
    is_flag=True,
    help="CONFIG is a run: continue it at the very step where it stopped.",
)
@click.option(
    "--smoke", is_flag=True, help="A few steps on a small built-in sample: does it run at all?"
)
@click.option(
    "--init-from",
    metavar="RUN",
    help="Start from the weights, vocabulary and labels of another run; with other labels the head"
    " starts anew.",
)
@backend_options
@code_option
def train(
    config: str,
    overrides: tuple[str, ...],
    resume: bool,
    smoke: bool,
    init_from: str | None,
    device: str,
    backend: str | None,
) -> None:
    """Train the model of CONFIG, in a new folder below runs/ (or RNNKIT_RUNS).

    \b
    rnnkit train configs/fable.yaml
    rnnkit train fable train.epochs=50 model.layers.0.lstm.units=64
    rnnkit train runs/fable --resume train.epochs=200
    """
    from rnnkit.workflows import train as workflow

    if resume and smoke:
        raise click.UsageError(
            "--smoke and --resume exclude each other: a smoke run is resumed with --resume alone."
        )
    if resume and init_from:
        raise click.UsageError(
            "--init-from and --resume exclude each other: a resumed run continues from its"
            " own weights."
        )
    if resume:
        training = workflow.resume(config, overrides, device=device, backend_name=backend)
    else:
        training = workflow.train(
            config,
            overrides,
            smoke=smoke,
            init_from=init_from,
            device=device,
            backend_name=backend,
        )
    print_evaluations(training.evaluations)
    click.echo(training.best)
    click.echo(f"saved in {training.run}")
    click.echo(f"next: {training.next_command}{code_arguments()}")
    if training.signal:
        raise SystemExit(128 + training.signal)
