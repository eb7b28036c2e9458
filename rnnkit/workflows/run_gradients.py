"""How far back in time gradients reach, in the report of a run."""

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

MAX_LINES = 4
SMALLEST = 1e-9  # the smallest share of a gradient in the chart


def gradients_section(run: RunFolder, task: Task, data: Prepared) -> Section | None:
    """Returns the section with gradient norms by distance from the loss, on the batches that
    `inspect gradients` reads; None for a model without recurrent layers, or with one that NumPy
    does not support.

    Args:
        run: The run.
        task: Its config.
        data: Its data.
    """
    network = task.network(data.codec)
    layers = network.architecture
    try:
        weights = run.load_weights(layers.weight_shapes(), layers.unlisted_layers())
        all_flows = flows(network, weights, data, radii=False)
    except RnnkitError as error:
        log.debug(f"no gradients through time: {error}")
        return None
    through_time = [flow for flow in all_flows if flow.steps]
    if not through_time:
        return None
    verdicts = [f"{flow.name} {flow.verdict}." for flow in through_time]
    advice = [f"{cure[:1].upper()}{cure[1:]}." for cure in cures(through_time)]
    source = (
        f"Measured on random batches of {data.watched};"
        f" rnnkit inspect gradients {run} prints the numbers."
    )
    remarks = [*verdicts, *advice, source]
    return Section("Gradients through time", [_chart(through_time[:MAX_LINES])], remarks)


def _chart(gradient_flows: list[Flow]) -> Charts:
    lines = [
        Line(
            flow.name,
            np.log10(np.maximum(np.nan_to_num(flow.left), SMALLEST)),
            np.arange(flow.steps + 1),
            number,
            dashed=number % 2 == 0,
        )
        for number, flow in enumerate(gradient_flows, 1)
    ]
    title = "what is left of the gradient, log10 (0: all, -2: a hundredth)"
    return Charts("", [Chart(title, "steps back from the loss", lines)])
