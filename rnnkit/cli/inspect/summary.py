"""`rnnkit inspect summary`."""

from __future__ import annotations

import click

from rnnkit.cli.layers import layers_json, print_layers
from rnnkit.cli.name_completion import config_names
from rnnkit.cli.options import code_option, json_option
from rnnkit.cli.output import print_json


@click.command()
@code_option
@click.argument("name", metavar="CONFIG|RUN", shell_complete=config_names)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@json_option
def summary(name: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Print layers, output shapes and parameter counts.

    \b
    rnnkit inspect summary configs/fable.yaml
    rnnkit inspect summary runs/fable
    """
    from rnnkit.workflows.inspect.model import load_architecture

    architecture = load_architecture(name, overrides)
    if as_json:
        print_json(layers_json(architecture.input_shape, architecture.all_layers))
        return
    print_layers(architecture.input_shape, architecture.all_layers)
