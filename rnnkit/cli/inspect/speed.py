"""`rnnkit inspect speed`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from rnnkit.cli.name_completion import config_names
from rnnkit.cli.options import backend_options, code_option, json_option
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.quantities import counted

if TYPE_CHECKING:
    from rnnkit.workflows.inspect.speed import LayerSpeed


@click.command()
@backend_options
@code_option
@json_option
@click.argument("name", metavar="CONFIG|RUN", shell_complete=config_names)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
def speed(
    name: str, overrides: tuple[str, ...], device: str, backend: str | None, as_json: bool
) -> None:
    """Print what computes each recurrent layer here, and the setting that costs a faster way.

    In training it is a compiled CPU kernel (fused), cuDNN on a GPU, or the framework's own
    operations, step by step (generic), in float32 or, of the last with `train.precision: bfloat16`,
    in that; answers are a kernel's, NumPy's or keras'. "on a GPU" is what would train the layer
    there. Of a config it prints how wide its batches are, too (`train.num_buckets`).

    \b
    rnnkit inspect speed imdb_lstm
    rnnkit inspect speed imdb_lstm model.layers.0.lstm.recurrent_dropout=0.2
    rnnkit inspect speed runs/fable --device cpu
    """
    from rnnkit.workflows.inspect import speed as workflow

    found = workflow.speed(name, overrides, device=device, backend_name=backend)
    if as_json:
        print_json(asdict(found))
        return
    print_table(
        ["layer", "kind", "training", "in", "on a GPU", "answers", "costs it", "why"],
        [_speed_row(layer) for layer in found.layers],
    )
    kernels = f"kernels by {found.instruction_set}" if found.instruction_set else "no kernels"
    where = ", ".join(found.gpus) or "no GPU"
    say(f"{found.backend}, {where}; {kernels}, {counted(found.threads, 'thread')}")
    if found.widths is not None:
        say(f"batches: {found.widths}")
    for line in found.advice:
        say(line)


def _speed_row(layer: LayerSpeed) -> list[str]:
    """What costs a kernel here; where nothing does, what costs cuDNN's on a GPU."""
    here, there = layer.training, layer.on_gpu
    costs, why = here.setting, here.reason
    if here.kernel != "generic" and there.kernel == "generic":
        costs, why = there.setting, f"{why}; {there.reason}"
    return [
        layer.name,
        layer.kind,
        here.kernel,
        layer.precision,
        there.kernel,
        layer.answers,
        costs or "-",
        why,
    ]
