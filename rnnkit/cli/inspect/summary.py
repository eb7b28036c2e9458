"""`rnnkit inspect summary`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.layers import print_layers
from rnnkit.cli.name_completion import config_names
from rnnkit.cli.options import code_option, json_option
from rnnkit.cli.output import print_json

if TYPE_CHECKING:
    from rnnkit.architecture import Architecture


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
        print_json(_as_json(architecture))
        return
    print_layers(architecture.input_shape, architecture.all_layers)


def _as_json(architecture: Architecture) -> dict[str, Any]:
    """Shapes without the batch; null of a size that is any, and of a count that only keras has."""
    counts = [layer.parameters for layer in architecture.all_layers]
    return {
        "inputs": architecture.input_shape,
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "outputs": layer.outputs,
                "parameters": layer.parameters,
            }
            for layer in architecture.all_layers
        ],
        "parameters": None if None in counts else sum(filter(None, counts)),
    }
