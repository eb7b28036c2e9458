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
        print_json([_as_json(run_flow) for run_flow in found])
        return
    most = max(flow.steps for run_flow in found for flow in run_flow.flows)
    distances = [steps for steps in SHOWN if steps <= most]
    if most not in distances:
        distances.append(most)
    head = ["layer", "steps", "rate", "radius", *(f"left after {steps}" for steps in distances)]
    for run_flow in found:
        say(f"{run_flow.run}, {run_flow.part}")
        print_table(head, [_row(flow, distances) for flow in run_flow.flows])
        for flow in run_flow.flows:
            say(f"{flow.name}: {flow.verdict}")
        for cure in workflow.cures(run_flow.flows):
            log.info(cure)
        say()


def _row(flow: Flow, distances: list[int]) -> list[str]:
    left = [f"{flow.left[steps]:.2e}" if steps <= flow.steps else "" for steps in distances]
    return [flow.name, str(flow.steps), f"{flow.rate:.3f}", f"{flow.radius:.3f}", *left]


def _as_json(run_flow: RunFlow) -> dict[str, Any]:
    return {
        "run": run_flow.run,
        "part": run_flow.part,
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
            for flow in run_flow.flows
        ],
    }
