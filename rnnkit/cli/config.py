"""`rnnkit config`."""

from __future__ import annotations

import click

from rnnkit.cli.tables import print_table


@click.group()
def config() -> None:
    """Show configs."""


@config.command()
@click.argument("config")
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
def show(config: str, overrides: tuple[str, ...]) -> None:
    """Print CONFIG as it is resolved: every key, defaults and overrides included.

    \b
    rnnkit config show fable train.epochs=3
    """
    from rnnkit.config import dump_config
    from rnnkit.workflows.check import check

    click.echo(dump_config(check(config, overrides)[1]), nl=False)


@config.command(name="list")
def list_configs() -> None:
    """List the configs that come with rnnkit, with what their first line says."""
    from rnnkit.config import shipped_configs

    rows = [[name, path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")] for name, path in shipped_configs().items()]
    print_table(["config", ""], rows)
