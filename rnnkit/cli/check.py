"""`rnnkit check`."""

from __future__ import annotations

import click


@click.command()
@click.argument("config")
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--build", is_flag=True, help="Read the data and build the keras model too.")
def check(config: str, overrides: tuple[str, ...], build: bool) -> None:
    """Check a config: every key, value and shape rule, all mistakes at once.

    \b
    rnnkit check configs/fable.yaml
    """
    from rnnkit.workflows import check as workflow

    path, checked = workflow.check(config, overrides, build=build)
    click.echo(f"{path}: ok ({checked.name()}; data not read, add --build to build the model)" if not build else f"{path}: ok, and the model builds")
