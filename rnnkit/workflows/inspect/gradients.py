"""How far back the gradient of trained runs reaches, and cures where it vanishes or explodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rnnkit.errors import RnnkitError, at
from rnnkit.insight.gradients import LITTLE, Flow, Kind
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.inspect.gradient_flow import flows
from rnnkit.workflows.outputs import output_picture, write_output
from rnnkit.workflows.trained import find_trained, open_run

TRY: dict[Kind, str] = {
    "vanishes": "what stands earlier hardly trains the layer. Try a pool over all steps, "
    "bidirectional: true, a shorter window, or lstm or gru where it is a simple_rnn",
    "explodes": "single batches can undo what was learned. Try train.clip_norm=1, "
    "a smaller train.learning_rate, or an orthogonal recurrent_initializer",
    "holds": "",
}


@dataclass(frozen=True)
class RunFlow:
    """A run's gradients.

    Args:
        run: Its folder.
        part: The part of the data that was read.
        flows: The flow of each direction of each recurrent layer.
    """

    run: str
    part: str
    flows: list[Flow]


def gradients(names: Sequence[str]) -> list[RunFlow]:
    """Measures the gradient through the recurrent layers of runs.

    Args:
        names: Folders or names of runs; empty for the newest.

    Raises:
        RnnkitError: If there is no such run, it has no recurrent layer, or the runs' data differ.
    """
    runs: list[RunFlow] = []
    fingerprint: object = None
    for name in names or (None,):
        run = find_trained(name)
        task, codec, _, weights = open_run(run)
        data_of_run = run.load_manifest().get("data")
        if runs and data_of_run != fingerprint:
            expected = f"Expected the data of {runs[0].run}"
            raise RnnkitError(str(run), "other data", expected, "Name runs of the same data")
        fingerprint = data_of_run
        with at(str(run)):
            data = task.prepare(Source(sample=run.uses_sample), codec)
            runs.append(RunFlow(str(run), data.watched, flows(task.network(codec), weights, data)))
    return runs


def cures(flows: Sequence[Flow]) -> list[str]:
    """What to try for each layer whose gradient vanishes or explodes."""
    return [
        f"the gradient of {flow.name} {flow.kind}: {TRY[flow.kind]}"
        for flow in flows
        if flow.kind != "holds"
    ]


def csv_rows(flows: Sequence[Flow]) -> list[list[object]]:
    """The rows of gradients.csv: layer, steps, reach, rate, left, radius."""
    return [
        [
            flow.name,
            flow.steps,
            "" if flow.reach is None else flow.reach,
            *(f"{number:.6g}" for number in (flow.rate, flow.left[-1], flow.radius)),
        ]
        for flow in flows
    ]


def write_picture(path: str, runs: Sequence[RunFlow], *, overwrite: bool = False) -> None:
    """Draws a line for each direction of each layer of each run, a PNG.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced.
    """
    target = output_picture(path, "--output", overwrite)
    from rnnkit.report.gradients import draw_gradients

    names = [Path(run.run).name for run in runs]
    if len(set(names)) < len(names):
        names = [run.run for run in runs]
    curves = {
        f"{name}: {flow.name}" if len(runs) > 1 else flow.name: flow.left
        for name, run in zip(names, runs, strict=True)
        for flow in run.flows
    }
    write_output(target, draw_gradients(curves, LITTLE), "--output")
