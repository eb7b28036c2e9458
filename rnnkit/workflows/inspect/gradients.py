"""How far back the gradient of trained runs reaches, and what to try."""

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
    """The gradients of runs; none for the newest.

    Args:
        names: Folders or names.

    Raises:
        RnnkitError: If there is no such run, it has no recurrent layer, or runs are of other data.
    """
    found: list[RunFlow] = []
    fingerprint: object = None
    for name in names or (None,):
        run = find_trained(name)
        task, codec, _, weights = open_run(run)
        own = run.load_manifest().get("data")
        if found and own != fingerprint:
            expected = f"Expected the data of {found[0].run}"
            raise RnnkitError(str(run), "other data", expected, "Name runs of the same data")
        fingerprint = own
        with at(str(run)):
            data = task.prepare(Source(sample=run.uses_sample), codec)
            found.append(RunFlow(str(run), data.watched, flows(task.network(codec), weights, data)))
    return found


def cures(found: Sequence[Flow]) -> list[str]:
    """What to try, of each layer whose gradient does not hold."""
    return [
        f"the gradient of {flow.name} {flow.kind}: {TRY[flow.kind]}"
        for flow in found
        if flow.kind != "holds"
    ]


def recorded(found: Sequence[Flow]) -> list[list[object]]:
    """The cells of gradients.csv: layer, steps, reach, rate, left, radius."""
    return [
        [
            flow.name,
            flow.steps,
            "" if flow.reach is None else flow.reach,
            *(f"{number:.6g}" for number in (flow.rate, flow.left[-1], flow.radius)),
        ]
        for flow in found
    ]


def write_picture(path: str, found: Sequence[RunFlow], *, overwrite: bool = False) -> None:
    """A PNG with a line for each direction of each layer of each run.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced.
    """
    target = output_picture(path, "--output", overwrite)
    from rnnkit.report.gradients import draw_gradients

    names = [Path(one.run).name for one in found]
    if len(set(names)) < len(names):
        names = [one.run for one in found]
    curves = {
        f"{name}: {flow.name}" if len(found) > 1 else flow.name: flow.left
        for name, one in zip(names, found, strict=True)
        for flow in one.flows
    }
    write_output(target, draw_gradients(curves, LITTLE), "--output")
