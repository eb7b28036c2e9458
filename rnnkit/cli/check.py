"""`rnnkit check`."""

from __future__ import annotations

import click

from rnnkit.cli.completed import config_names
from rnnkit.cli.options import code_option
from rnnkit.cli.output import say


@click.command()
@click.argument("config", required=False, shell_complete=config_names)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--build", is_flag=True, help="Read the data and build the keras model too.")
@click.option("--device", is_flag=True, help="Print the CPU cores and GPUs of each backend.")
@code_option
def check(config: str | None, overrides: tuple[str, ...], build: bool, device: bool) -> None:
    """Report every mistake in a config at once.

    Every key, value and shape rule is checked, without data and without a framework.

    \b
    rnnkit check configs/fable.yaml
    rnnkit check --device
    """
    from rnnkit.workflows import check as workflow

    if config is None and not device:
        raise click.UsageError("Missing argument 'CONFIG' (or --device).")
    if config is not None:
        path, checked = workflow.check(config, overrides, build=build)
        say(
            f"{path}: ok, and the model builds"
            if build
            else f"{path}: ok ({checked.kind()}; data not read, add --build to build the model)"
        )
    if device:
        for line in workflow.describe_devices():
            say(line)
