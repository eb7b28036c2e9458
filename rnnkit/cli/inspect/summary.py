"""`rnnkit inspect summary`."""

from __future__ import annotations

import click

from rnnkit.cli.completed import config_names
from rnnkit.cli.layers import print_layers
from rnnkit.cli.options import code_option


@click.command()
@code_option
@click.argument("name", metavar="CONFIG|RUN", shell_complete=config_names)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
def summary(name: str, overrides: tuple[str, ...]) -> None:
    """Print layers, output shapes and parameter counts.

    \b
    rnnkit inspect summary configs/fable.yaml
    rnnkit inspect summary runs/fable
    """
    from rnnkit.workflows.inspect.model import load_architecture

    architecture = load_architecture(name, overrides)
    print_layers(architecture.input_shape, architecture.all_layers)
