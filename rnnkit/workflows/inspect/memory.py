"""How far back an input still changes a run's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.engine.forward import Engine
from rnnkit.engine.lengths import is_step
from rnnkit.insight.reach import (
    Changes,
    Point,
    Reach,
    furthest,
    reach,
    replacements,
    spaced,
    worded,
)
from rnnkit.progress import Progress
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.inspect.drawn_probes import probes
from rnnkit.workflows.inspect.layers import require_known
from rnnkit.workflows.inspect.probes import Probe, Sources, Windows
from rnnkit.workflows.inspect.tokens import tokenizer_of
from rnnkit.workflows.outputs import output_picture, write_output
from rnnkit.workflows.trained import find_trained, open_run


@dataclass(frozen=True)
class Memory:
    """How far back an input still changes the answer.

    Args:
        part: The part of the data.
        rows: The number of rows that were read, each with one step replaced by another of the data.
        unit: The unit of a distance: "tokens" or "steps".
        measure: The measure of change, in words.
        points: The change at each distance.
        reach: The distances within which half, most or all of the effect lies.
        verdict: The reach in a sentence.
    """

    part: str
    rows: int
    unit: str
    measure: str
    points: list[Point]
    reach: Reach
    verdict: str


def memory(name: str | None, *, random_seed: int = 0) -> Memory:
    """Replaces one step of rows of a run's data, ever further back, and measures how much the
    answer changes.

    Args:
        name: A run's folder or name; None for the newest.
        random_seed: Seeds the random replacements.

    Raises:
        RnnkitError: If there is no such run, its data cannot be read, or NumPy cannot compute a
            layer.
    """
    run = find_trained(name)
    task, codec, architecture, weights = open_run(run)
    require_known(architecture, str(run))
    data = task.prepare(Source(sample=run.uses_sample), codec)
    predictor = task.predictor(codec, Engine(architecture, weights))
    drawn = list(probes(architecture, weights, codec, predictor, data.parts[data.watched]))
    changes, generator = Changes(), np.random.default_rng(random_seed)
    progress = Progress("rows read", sum(len(probe.inputs) for probe in drawn))
    for probe in drawn:
        _try(probe, changes, generator)
        progress.advance(len(probe.inputs))
    points = changes.points()
    reached = reach(points)
    unit = "tokens" if tokenizer_of(codec) is not None else "steps"
    return Memory(
        data.watched,
        sum(len(probe.inputs) for probe in drawn),
        unit,
        _measure(drawn, predictor.codec.names[0] if isinstance(predictor, Forecasts) else ""),
        points,
        reached,
        worded(reached, furthest(points), unit),
    )


def _try(probe: Probe, changes: Changes, generator: np.random.Generator) -> None:
    inputs, ends = probe.inputs, probe.ends
    before = probe.answers(inputs, inputs.shape[1])
    pool = inputs[is_step(inputs.shape[1], probe.lengths)]
    back, ahead = spaced(int(ends.max())), spaced(int((probe.lengths - 1 - ends).max()))
    # the nearest last: a stream then continues from the states of earlier steps
    for steps in [*sorted(back, reverse=True), *(-steps for steps in ahead if steps)]:
        places = ends - steps
        rows = np.flatnonzero((places >= 0) & (places < probe.lengths))
        if not len(rows):
            continue
        changed = inputs.copy()
        drawn = replacements(pool, inputs[rows, places[rows]], generator)
        changed[rows, places[rows]] = drawn
        after = probe.answers(changed, int(places[rows].min()))
        changes.add(steps, probe.change(before[rows], after[rows], rows))


def _measure(drawn: Sequence[Probe], target: str) -> str:
    if any(isinstance(probe, Windows) for probe in drawn):
        return f"mean change of the forecast of {target}, in its own unit"
    if any(isinstance(probe, Sources) for probe in drawn):
        return "change of the probabilities of each token of the target (total variation)"
    return "change of the probabilities of the answer (total variation, 0 to 1)"


def write_curve(path: str, result: Memory, *, overwrite: bool = False) -> None:
    """Draws the change by distance, a PNG.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced.
    """
    target = output_picture(path, "--output", overwrite)
    from rnnkit.report.memory import draw_memory

    picture = draw_memory(
        [point.steps for point in result.points],
        [point.change for point in result.points],
        [point.error for point in result.points],
        {"half": result.reach.half, "95 %": result.reach.most, "all": result.reach.all},
        (result.unit, result.measure, result.verdict),
    )
    write_output(target, picture, "--output")
