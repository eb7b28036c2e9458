"""`rnnkit inspect`."""

from __future__ import annotations

import click

from rnnkit.cli.options import code_option
from rnnkit.cli.tables import print_table


@click.group()
def inspect() -> None:
    """Look inside a model."""


@inspect.command()
@code_option
@click.argument("name", metavar="CONFIG|RUN")
def summary(name: str) -> None:
    """Print layers, output shapes and parameter counts.

    \b
    rnnkit inspect summary configs/fable.yaml
    rnnkit inspect summary runs/fable
    """
    from rnnkit.workflows.inspect import load_architecture

    architecture = load_architecture(name)
    rows = [
        ("inputs", "", architecture.input_shape, 0),
        *((layer.name, layer.kind, layer.outputs, layer.parameters) for layer in architecture.layers),
    ]
    cells = [[name, kind, _shape(shape), "" if count is None else f"{count:,}"] for name, kind, shape, count in rows]
    print_table(["layer", "kind", "output shape", "parameters"], cells)
    counts = [layer.parameters for layer in architecture.layers]
    click.echo(f"{sum(count or 0 for count in counts):,} parameters" + (" and those of layers that only keras can count" if None in counts else ""))


def _shape(shape: tuple[int | None, ...]) -> str:
    return f"(batch, {', '.join('any' if size is None else str(size) for size in shape)})"
