"""Writes a comparison to files: an HTML page, a picture, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from rnnkit.errors import RnnkitError, at
from rnnkit.platform.disk import write_error
from rnnkit.report.chart import Chart, Line
from rnnkit.report.dot_plot import DotPlot, Row, draw_dots
from rnnkit.report.exhibits import Cell, Charts, Exhibit, Rows
from rnnkit.report.page import Page, Section
from rnnkit.storage import write_bytes
from rnnkit.tasks.evaluation import CEILING, is_published
from rnnkit.workflows.compare.result import Comparison
from rnnkit.workflows.compare.sentences import is_share, metric_name, score_text, spread_text
from rnnkit.workflows.outputs import output_picture, require_free

Writer = Callable[[Comparison], bytes]
"""Makes the content of a file."""

Targets = Mapping[Path, Writer]
"""The files to write, each with its writer."""


def write_all(comparison: Comparison, targets: Targets) -> None:
    """Writes a comparison to files.

    Raises:
        RnnkitError: If one cannot be written.
    """
    for path, content in targets.items():
        try:
            write_bytes(path, content(comparison))
        except OSError as error:
            raise write_error(str(path), error) from None


def targets_of(output: str | None, plot: str | None, *, overwrite: bool = False) -> Targets:
    """The files of a comparison, checked before anything is computed.

    Args:
        output: A .html, .csv or .json file; None for no such file.
        plot: A .png file; None for no picture.
        overwrite: Whether existing files may be replaced.

    Raises:
        RnnkitError: If a path has another suffix, or exists already.
    """
    targets: dict[Path, Writer] = {}
    if output is not None:
        path = Path(output)
        with at("--output"):
            if path.suffix.lower() not in KINDS:
                expected = f"Expected one of: {', '.join(KINDS)}"
                raise RnnkitError(output, f"unknown kind of file {path.suffix!r}", expected)
            require_free(path, overwrite)
        targets[path] = KINDS[path.suffix.lower()]
    if plot:
        targets[output_picture(plot, "--plot", overwrite)] = picture
    return targets


def table(comparison: Comparison) -> bytes:
    """A row for each run, as CSV."""
    records, text = comparison.records(), io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode("utf-8", "backslashreplace")


def plain(comparison: Comparison) -> bytes:
    """The whole comparison as JSON."""
    text = json.dumps(comparison.as_json(), indent=2, ensure_ascii=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def picture(comparison: Comparison) -> bytes:
    """The scores as a PNG."""
    return draw_dots(_dots(comparison))


def page(comparison: Comparison) -> bytes:
    """A self-contained HTML page."""
    rows = f"{comparison.rows:,} {comparison.unit}"
    name = metric_name(comparison.metric)
    sections = [
        Section("Scores", [_table(comparison), _dots(comparison)]),
        *([Section("Learning curve", [_curves(comparison)])] if comparison.curves else []),
        *([Section("Paired tests", [_tests(comparison)])] if comparison.pairs else []),
        Section("Runs", [_runs(comparison)], folded=True),
    ]
    return (
        Page(
            title=" and ".join(contender.name for contender in comparison.contenders[:4])
            + (" and others" if len(comparison.contenders) > 4 else "")
            + ", compared",
            subtitle=f"{name} on the {comparison.part} part, {rows}",
            verdict=list(comparison.sentences),
            sections=sections,
        )
        .html()
        .encode("utf-8", "backslashreplace")
    )


KINDS: dict[str, Writer] = {".html": page, ".csv": table, ".json": plain}


def _references(comparison: Comparison) -> list[tuple[str, float]]:
    """The best baseline, the ceiling and the published figure, with their names."""
    sign = 1 if comparison.less_is_better else -1
    simple, references = list[tuple[str, float]](), list[tuple[str, float]]()
    for name, value in comparison.baselines.items():
        is_reference = name.startswith(CEILING) or is_published(name)
        (references if is_reference else simple).append((name, value))
    if simple:
        references.insert(0, min(simple, key=lambda baseline: sign * baseline[1]))
    if comparison.published is not None:
        references.append(("published", comparison.published[0]))
    return references


def _dots(comparison: Comparison) -> DotPlot:
    share = is_share(comparison.metric)
    scale = 100 if share else 1
    rows = [
        Row(contender.name, [scale * score for score in contender.scores])
        for contender in comparison.ranked()
    ]
    references = _references(comparison)
    rows += [Row(name, [scale * value], is_reference=True) for name, value in references]
    name = f"{metric_name(comparison.metric)} on {comparison.part}{' (%)' * share}"
    less = "less" if comparison.less_is_better else "more"
    caption = f"A dot for each seed, a line for mean and standard deviation; {less} is better."
    title = f"{comparison.rows:,} {comparison.unit}; {less} is better"
    return DotPlot(title, name, rows, caption)


def _table(comparison: Comparison) -> Rows:
    metric = comparison.metric
    rows: list[list[Cell]] = [
        [
            contender.name,
            score_text(metric, contender.mean),
            spread_text(metric, contender.spread),
            len(contender.scores),
            "" if contender.parameters is None else contender.parameters,
            "" if math.isnan(contender.seconds) else f"{contender.seconds:.2f}",
        ]
        for contender in comparison.ranked()
    ]
    references = [*comparison.baselines.items()]
    if comparison.published is not None:
        references.append((f"published ({comparison.published[1]})", comparison.published[0]))
    rows += [[name, score_text(metric, value), "", "", "", ""] for name, value in references]
    header = ["", metric_name(metric), "spread", "seeds", "parameters", "seconds per epoch"]
    return Rows("", header, rows)


def _tests(comparison: Comparison) -> Rows:
    rows: list[list[Cell]] = [
        [
            f"{pair.second} minus {pair.first}",
            *(float(pair.difference.value), float(pair.difference.low)),
            *(float(pair.difference.high), float(pair.p), pair.difference.test),
        ]
        for pair in comparison.pairs
    ]
    header = ["", "difference", "95 % from", "to", "p (Holm)", "test"]
    return Rows("", header, rows)


def _runs(comparison: Comparison) -> Rows:
    rows: list[list[Cell]] = [
        [contender.name, run, seed, score]
        for contender in comparison.contenders
        for run, seed, score in contender.trainings()
    ]
    return Rows("", ["", "run", "seed", metric_name(comparison.metric)], rows)


def _curves(comparison: Comparison) -> Exhibit:
    """A chart for each contender: its score by examples, with the forecast for twice as many."""
    scale, charts = 100 if is_share(comparison.metric) else 1, []
    name = f"{metric_name(comparison.metric)}{' (%)' * is_share(comparison.metric)}"
    for contender, curve in comparison.curves.items():
        sizes = np.array(curve.sizes, float)
        scores = scale * np.array(curve.scores)
        ends = np.array([sizes[-1], 2 * sizes[-1]])
        forecast = np.array([scores[-1], scale * curve.doubled])
        band = scale * np.array([[curve.scores[-1], curve.low], [curve.scores[-1], curve.high]])
        lines = [Line(name, scores, sizes), Line("twice the data", forecast, ends, 2, dashed=True)]
        charts.append(Chart(contender, "examples of the training set", lines, band))
    return Charts("", charts, "Scores on validation; the band is the 95 % interval of a power law.")
