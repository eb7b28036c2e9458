"""A comparison as files: a page, a picture, a table, plain data."""

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

Written = Callable[[Comparison], bytes]


Targets = Mapping[Path, Written]
"""Files, and what makes the content of each."""


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
    """The files of a comparison and what is written to each, checked before anything is computed.

    Args:
        output: A .html, .csv or .json file; None for none.
        plot: A .png; None for none.
        overwrite: Whether they may be replaced.

    Raises:
        RnnkitError: If one has another suffix, or cannot be written without loss.
    """
    targets: dict[Path, Written] = {}
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
    """All of it, as JSON."""
    text = json.dumps(comparison.as_json(), indent=2, ensure_ascii=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def picture(comparison: Comparison) -> bytes:
    """Its scores, as a PNG."""
    return draw_dots(_dots(comparison))


def page(comparison: Comparison) -> bytes:
    """A page that needs nothing but itself."""
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
            title=" and ".join(one.name for one in comparison.contenders[:4])
            + (" and others" if len(comparison.contenders) > 4 else "")
            + ", compared",
            subtitle=f"{name} on the {comparison.part} part, {rows}",
            verdict=list(comparison.sentences),
            sections=sections,
        )
        .html()
        .encode("utf-8", "backslashreplace")
    )


KINDS: dict[str, Written] = {".html": page, ".csv": table, ".json": plain}


def _beside(comparison: Comparison) -> list[tuple[str, float]]:
    """The best simple method, the best that is possible and the published figure."""
    sign, every = 1 if comparison.less_is_better else -1, comparison.baselines.items()
    others = [one for one in every if one[0].startswith(CEILING) or is_published(one[0])]
    simple = [one for one in every if one not in others]
    known = sorted(simple, key=lambda one: sign * one[1])[:1] + others
    if comparison.published is not None:
        known.append(("published", comparison.published[0]))
    return known


def _dots(comparison: Comparison) -> DotPlot:
    share = is_share(comparison.metric)
    scale = 100 if share else 1
    rows = [Row(one.name, [scale * v for v in one.scores]) for one in comparison.ranked()]
    rows += [Row(who, [scale * value], is_reference=True) for who, value in _beside(comparison)]
    name = f"{metric_name(comparison.metric)} on {comparison.part}{' (%)' * share}"
    less = "less" if comparison.less_is_better else "more"
    caption = f"A dot for each seed, a line for mean and standard deviation; {less} is better."
    title = f"{comparison.rows:,} {comparison.unit}; {less} is better"
    return DotPlot(title, name, rows, caption)


def _table(comparison: Comparison) -> Rows:
    metric = comparison.metric
    rows: list[list[Cell]] = [
        [
            one.name,
            score_text(metric, one.mean),
            spread_text(metric, one.spread),
            len(one.scores),
            "" if one.parameters is None else one.parameters,
            "" if math.isnan(one.seconds) else f"{one.seconds:.2f}",
        ]
        for one in comparison.ranked()
    ]
    named = [*comparison.baselines.items()]
    if comparison.published is not None:
        named.append((f"published ({comparison.published[1]})", comparison.published[0]))
    rows += [[who, score_text(metric, value), "", "", "", ""] for who, value in named]
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
        [one.name, run, seed, score]
        for one in comparison.contenders
        for run, seed, score in zip(one.runs, one.seeds, one.scores, strict=True)
    ]
    return Rows("", ["", "run", "seed", metric_name(comparison.metric)], rows)


def _curves(comparison: Comparison) -> Exhibit:
    """A chart for each contender: its score by examples, and what twice as many would give."""
    scale, charts = 100 if is_share(comparison.metric) else 1, []
    name = f"{metric_name(comparison.metric)}{' (%)' * is_share(comparison.metric)}"
    for who, curve in comparison.curves.items():
        sizes = np.array(curve.sizes, float)
        scores = scale * np.array(curve.scores)
        ends = np.array([sizes[-1], 2 * sizes[-1]])
        ahead = np.array([scores[-1], scale * curve.doubled])
        band = scale * np.array([[curve.scores[-1], curve.low], [curve.scores[-1], curve.high]])
        lines = [Line(name, scores, sizes), Line("twice the data", ahead, ends, 2, dashed=True)]
        charts.append(Chart(who, "examples of the training set", lines, band))
    return Charts("", charts, "Scores on validation; the band is the 95 % interval of a power law.")
