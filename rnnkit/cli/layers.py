"""The table of a model's layers, and what a training of it would be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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


def layers_json(inputs: Shape, layers: Sequence[Layer]) -> dict[str, Any]:
    """The same as JSON: shapes without the batch; null for a size that is any, and for a count that
    only keras has.
    """
    counts = [layer.parameters for layer in layers]
    return {
        "inputs": inputs,
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "outputs": layer.outputs,
                "parameters": layer.parameters,
            }
            for layer in layers
        ],
        "parameters": None if None in counts else sum(filter(None, counts)),
    }


def print_dry_run(training: DryRun) -> None:
    """What a training would be."""
    print_layers(training.inputs, training.layers)
    memory = training.memory
    say(
        f"memory: about {byte_size(memory.weights)} for weights, gradients and the optimizer's"
        f" state, {byte_size(memory.batch)} for the widest batch of {training.batch_size}"
    )
    if training.expected_peak is not None and training.peak is not None:
        say(
            f"peak memory: about {byte_size(training.expected_peak)} with data, framework and what"
            f" is written at the end; {byte_size(training.peak)} in these steps"
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


def dry_run_json(training: DryRun) -> dict[str, Any]:
    """The same as JSON, with units in the names."""
    return {
        **layers_json(training.inputs, training.layers),
        "batch_size": training.batch_size,
        "steps_per_epoch": training.steps_per_epoch,
        "epochs": training.epochs,
        "batches": training.widths,
        "weights_bytes": training.memory.weights,
        "batch_bytes": training.memory.batch,
        "peak_bytes": training.expected_peak,
        "measured_peak_bytes": training.peak,
        "first_step_seconds": training.first_step,
        "compiling_seconds": training.compiling,
        "seconds_per_epoch": training.seconds_per_epoch,
        "measured_steps": training.measured,
    }


def _shape(shape: Shape) -> str:
    return f"(batch, {', '.join('any' if size is None else str(size) for size in shape)})"
