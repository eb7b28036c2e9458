"""The table of a model's layers, and what a training of it would be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rnnkit.cli.output import say
from rnnkit.cli.tables import print_table
from rnnkit.quantities import byte_size, counted

if TYPE_CHECKING:
    from rnnkit.architecture import Layer, Shape
    from rnnkit.workflows.dry_run import DryRun


def print_layers(inputs: Shape, layers: Sequence[Layer]) -> None:
    """Layers, output shapes and parameter counts."""
    rows = [
        ("inputs", "", inputs, 0),
        *((layer.name, layer.kind, layer.outputs, layer.parameters) for layer in layers),
    ]
    cells = [
        [name, kind, _shape(shape), "" if count is None else f"{count:,}"]
        for name, kind, shape, count in rows
    ]
    print_table(["layer", "kind", "output shape", "parameters"], cells)
    counts = [layer.parameters for layer in layers]
    say(
        counted(sum(count or 0 for count in counts), "parameter")
        + (" and those of layers that only keras can count" if None in counts else "")
    )


def print_dry_run(training: DryRun) -> None:
    """What a training would be."""
    from rnnkit.workflows.memory import AFTER_STEPS

    print_layers(training.inputs, training.layers)
    memory = training.memory
    say(
        f"memory: about {byte_size(memory.weights)} for weights, gradients and the optimizer's"
        f" state, {byte_size(memory.batch)} for the widest batch of {training.batch_size}"
    )
    if training.before is not None and training.peak is not None:
        say(
            f"peak memory: about {byte_size(training.before + memory.total + AFTER_STEPS)} with"
            f" data, framework and what is written at the end; {byte_size(training.peak)} in these"
            " steps"
        )
    say(
        f"steps: {training.steps_per_epoch:,} in an epoch, {counted(training.epochs, 'epoch')};"
        f" the first took {training.first_step:.1f} s, compilation included"
    )
    if training.widths is not None:
        compiling = training.compiling
        first = f"; the first step of each takes {compiling:.1f} s longer" if compiling else ""
        say(f"batches: {training.widths}{first}")
    say(
        f"time: about {training.seconds_per_epoch:,.2f} s per epoch without validation, by"
        f" {counted(training.measured, 'step')}"
    )
    say("nothing was kept")


def _shape(shape: Shape) -> str:
    return f"(batch, {', '.join('any' if size is None else str(size) for size in shape)})"
