"""`rnnkit inspect gradients`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rnnkit.cli.inspect.files import file_options
from rnnkit.cli.options import RUN_HELP, code_option, json_option
from rnnkit.cli.output import print_json, say
from rnnkit.cli.tables import print_table
from rnnkit.progress import log

if TYPE_CHECKING:
    from rnnkit.insight.gradients import Flow
    from rnnkit.workflows.inspect.gradients import RunFlow

SHOWN = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # distances


@click.command(epilog=f"{RUN_HELP} Several are compared.")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@code_option
@file_options("Also draw the curves (.png).")
@json_option
def gradients(runs: tuple[str, ...], output: str | None, overwrite: bool, as_json: bool) -> None:
    """Print how far back the gradient reaches: the norm of dL/dh against the distance from the
    loss, on batches of validation (of training where there is none).

    left is the norm divided by that at the loss; rate the factor of a step; radius the spectral
    radius of the recurrent Jacobian.

    \b
    rnnkit inspect gradients runs/imdb_lstm -o gradients.png
    rnnkit inspect gradients runs/imdb_simple_rnn runs/imdb_lstm runs/imdb_gru
    """
    from rnnkit.workflows.inspect import gradients as workflow

    found = workflow.gradients(runs)
    if output is not None:
        workflow.write_picture(output, found, overwrite=overwrite)
        log.info(f"written to {output}")
    if as_json:
        print_json([_plain(one) for one in found])
        return
    most = max(flow.steps for one in found for flow in one.flows)
    distances = [steps for steps in SHOWN if steps <= most]
    if most not in distances:
        distances.append(most)
    head = ["layer", "steps", "rate", "radius", *(f"left after {steps}" for steps in distances)]
    for one in found:
        say(f"{one.run}, {one.part}")
        print_table(head, [_row(flow, distances) for flow in one.flows])
        for flow in one.flows:
            say(f"{flow.name}: {flow.verdict}")
        for cure in workflow.cures(one.flows):
            log.info(cure)
        say()


def _row(flow: Flow, distances: list[int]) -> list[str]:
    left = [f"{flow.left[steps]:.2e}" if steps <= flow.steps else "" for steps in distances]
    return [flow.name, str(flow.steps), f"{flow.rate:.3f}", f"{flow.radius:.3f}", *left]


def _plain(one: RunFlow) -> dict[str, Any]:
    return {
        "run": one.run,
        "part": one.part,
        "layers": [
            {
                "layer": flow.layer,
                "direction": flow.direction,
                "verdict": flow.verdict,
                "kind": flow.kind,
                "reach": flow.reach,
                "rate": flow.rate,
                "spectral_radius": flow.radius,
                "norms": flow.norms.tolist(),
                "left": flow.left.tolist(),
            }
            for flow in one.flows
        ],
    }
