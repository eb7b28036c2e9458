"""How far back a run's gradients reach, on its page."""

from __future__ import annotations

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.insight.gradients import Flow
from rnnkit.progress import log
from rnnkit.report.chart import Chart, Line
from rnnkit.report.exhibits import Charts
from rnnkit.report.page import Section
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.task import Task
from rnnkit.workflows.inspect.gradient_flow import flows
from rnnkit.workflows.inspect.gradients import cures

MOST_LINES = 4
LEAST = 1e-9  # of a gradient that is drawn


def gradients_section(run: RunFolder, task: Task, data: Prepared) -> Section | None:
    """The gradients by their distance from the loss, of the batches that `inspect gradients` reads;
    None if a model has none to show: no recurrent layer, or one that NumPy does not know.

    Args:
        run: The run.
        task: Its config.
        data: Its data.
    """
    network = task.network(data.codec)
    layers = network.architecture
    try:
        weights = run.load_weights(layers.weight_shapes(), layers.unlisted_layers())
        found = flows(network, weights, data, radii=False)
    except RnnkitError as error:
        log.debug(f"no gradients through time: {error}")
        return None
    shown = [flow for flow in found if flow.steps]
    if not shown:
        return None
    words = [f"{flow.name} {flow.verdict}." for flow in shown]
    advice = [f"{cure[:1].upper()}{cure[1:]}." for cure in cures(shown)]
    more = (
        f"Of random batches of {data.watched}; rnnkit inspect gradients {run} prints the numbers."
    )
    remarks = [*words, *advice, more]
    return Section("Gradients through time", [_chart(shown[:MOST_LINES])], remarks)


def _chart(found: list[Flow]) -> Charts:
    lines = [
        Line(
            flow.name,
            np.log10(np.maximum(np.nan_to_num(flow.left), LEAST)),
            np.arange(flow.steps + 1),
            number,
            dashed=number % 2 == 0,
        )
        for number, flow in enumerate(found, 1)
    ]
    title = "what is left of the gradient, log10 (0: all, -2: a hundredth)"
    return Charts("", [Chart(title, "steps back from the loss", lines)])
