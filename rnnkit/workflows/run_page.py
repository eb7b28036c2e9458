"""The contents of the report of a run: verdict, scores, learning curves, answers, layers, and the
commands that reproduce it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.platform.shell import quote
from rnnkit.quantities import counted
from rnnkit.registry import name_of
from rnnkit.report.chart import Chart, Line
from rnnkit.report.exhibits import Charts, Confusions, Exhibit, Rows, Text
from rnnkit.report.page import Page, Section
from rnnkit.report.verdict import Standing
from rnnkit.run import RunFolder
from rnnkit.storage import read_bytes, read_json
from rnnkit.storage.records import as_record
from rnnkit.storage.schemas import Best, Environment, Scores
from rnnkit.tasks.evaluation import (
    CEILING,
    COUNTS,
    LESS_IS_BETTER,
    OWN,
    Evaluation,
    is_published,
)
from rnnkit.tasks.task import Task
from rnnkit.workflows.trained import Trained

MAX_CURVES = 4
NOT_DRAWN = ("epoch", "seconds", "learning_rate", "perplexity")  # perplexity is exp(loss)

ScoresByPart = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Scores by part, model and metric."""


@dataclass(frozen=True)
class PartReport:
    """The results of a run on one part of its data.

    Args:
        evaluation: The evaluation of the part; None if the data cannot be read.
        exhibits: Samples, pictures and tables of the task.
        missing: Why there is no evaluation.
        sections: Further sections, on the gradients and the data.
    """

    evaluation: Evaluation | None = None
    exhibits: Sequence[Exhibit] = field(default_factory=list)
    missing: str = ""
    sections: Sequence[Section] = ()


def measured_scores(run: RunFolder) -> ScoresByPart:
    """Returns the content of metrics.json; empty if the run has none."""
    return read_json(run.metrics, kind=Scores) if run.metrics.is_file() else {}


def page_of(trained: Trained, part_report: PartReport) -> Page:
    """Returns the report of a run.

    Args:
        trained: The run.
        part_report: Its results on one part of its data.
    """
    run, task, evaluation = trained.run, trained.task, part_report.evaluation
    measured = measured_scores(run)
    if evaluation and evaluation.part not in measured:
        own = {row.who: row.scores for row in evaluation.rows}
        measured = {**measured, evaluation.part: own}
    standing = _standing(task, measured, evaluation)
    verdict = standing.sentences() if standing else ["No score was measured yet."]
    environment = read_json(run.environment, kind=Environment)
    return Page(
        title=run.path.resolve().name,
        subtitle=_subtitle(run, task, environment),
        verdict=verdict,
        tone=standing.tone if standing else "",
        sections=[
            Section("Scores", _score_tables(measured)),
            Section("Learning curves", _curves(run)),
            *_answers(part_report),
            *part_report.sections,
            Section("Layers", [_layers(trained)]),
            Section("Config", [Text("", _config(run))], folded=True),
            Section("Environment", [_environment(environment)], folded=True),
            Section("Reproduce", [Text("", _commands(run, environment))]),
        ],
    )


def _subtitle(run: RunFolder, task: Task, environment: Mapping[str, Any]) -> str:
    dataset = name_of("dataset", type(task.dataset)) if task.dataset is not None else "its data"
    smoke = " (the small sample of a smoke run)" if run.uses_sample else ""
    kind, when = task.kind().replace("_", " "), environment.get("started") or ""
    return f"{kind} on {dataset}{smoke}, trained {when}".strip()


def _standing(task: Task, measured: ScoresByPart, evaluation: Evaluation | None) -> Standing | None:
    """Returns the score that the verdict names and those that it is compared with, on the test
    part if that is scored; None if there is no such score.
    """
    part = next((part for part in ("test", "validation", "train") if part in measured), None)
    if part is None or OWN not in measured[part]:
        return None
    rows, published = measured[part], task.published
    own = {name: value for name, value in rows[OWN].items() if value is not None}
    preferred = [*([published.metric] if published else []), *task.judged_by, *own]
    metric = next((name for name in preferred if name in own and name not in COUNTS), None)
    if metric is None:
        return None
    others = {
        who: scores[metric]
        for who, scores in rows.items()
        if who != OWN and not is_published(who) and scores.get(metric) is not None
    }
    ceiling = next((who for who in others if who.startswith(CEILING)), None)
    rows_of_part = evaluation.rows if evaluation and evaluation.part == part else []
    remarks = {row.who: row.note for row in rows_of_part}
    compares = published is not None and published.part == part and published.metric == metric
    return Standing(
        metric,
        part,
        own[metric],
        {who: value for who, value in others.items() if who != ceiling},
        metric in LESS_IS_BETTER,
        (published.value, published.source) if published and compares else None,
        (others[ceiling], ceiling) if ceiling else None,
        {who: remarks[who] for who in others if remarks.get(who)},
    )


def _score_tables(measured: ScoresByPart) -> list[Exhibit]:
    tables: list[Exhibit] = []
    for part, models in measured.items():
        names = [
            name
            for name in dict.fromkeys(name for scores in models.values() for name in scores)
            if name not in COUNTS
        ]
        rows = [
            [who, *(_score(scores.get(name)) for name in names)] for who, scores in models.items()
        ]
        own = list(models).index(OWN) if OWN in models else None
        tables.append(Rows(part, ["", *names], rows, own))
    return tables


def _score(value: float | None) -> float | str:
    return "" if value is None else float(value)


def _answers(part_report: PartReport) -> list[Section]:
    """Returns the section with the answers of the run on one part of its data."""
    if part_report.evaluation is None:
        return [Section("Answers", [], [part_report.missing])]
    evaluation, exhibits = part_report.evaluation, list[Exhibit]()
    matrix = evaluation.confusion
    if matrix is not None:
        exhibits.append(Confusions("Confusion matrix", matrix.labels, matrix.counts))
    exhibits += part_report.exhibits
    exhibits += [
        Rows(table.title[:1].upper() + table.title[1:], table.header, table.rows)
        for table in evaluation.tables
        if matrix is None or table != matrix.table(table.title)
    ]
    return [Section(f"Answers on {evaluation.part}", exhibits, evaluation.notes)]


def _curves(run: RunFolder) -> list[Exhibit]:
    """Returns the scores by epoch, those of training and validation in one chart."""
    if not run.history.is_file():
        return []
    table = run.load_history()
    history = {name: np.array(values) for name, values in table.columns.items()}
    history["epoch"] = np.array(table.epochs)
    best = as_record(run.load_manifest().get("best") or {}, Best, str(run.manifest))
    mark = (float(best.epoch), f"best: {best.epoch}") if best.value is not None else None
    names = [name for name in history if name not in NOT_DRAWN and not name.startswith("val_")]
    charts = [Chart(name, "epoch", _lines(history, name), mark=mark) for name in names[:MAX_CURVES]]
    count = len(table.epochs)
    epochs = counted(count, "epoch")
    duration = f"{epochs} in {np.nansum(history['seconds']):,.1f} s"
    return [Charts("", charts, f"{duration}; the saved weights are those of epoch {best.epoch}")]


def _lines(history: Mapping[str, np.ndarray], name: str) -> list[Line]:
    lines = [Line("training", history[name], history["epoch"])]
    if f"val_{name}" in history:
        lines.append(Line("validation", history[f"val_{name}"], history["epoch"], 2, dashed=True))
    return lines


def _layers(trained: Trained) -> Rows:
    layers = trained.architecture.all_layers
    rows = [
        [layer.name, layer.kind, _shape(layer.outputs), _count(layer.parameters)]
        for layer in layers
    ]
    total = sum(layer.parameters or 0 for layer in layers)
    rows.append(["", "", "all", total])
    return Rows("", ["layer", "kind", "output shape", "parameters"], rows, own=len(rows) - 1)


def _shape(shape: Sequence[int | None]) -> str:
    return f"(batch, {', '.join('any' if size is None else str(size) for size in shape)})"


def _count(parameters: int | None) -> int | str:
    return "" if parameters is None else parameters


def _config(run: RunFolder) -> str:
    return read_bytes(run.config, links=False).decode("utf-8", "replace")


def _environment(environment: Mapping[str, Any]) -> Rows:
    libraries = environment.get("libraries") or {}
    facts = {name: environment.get(name) for name in environment if name != "libraries"}
    rows = [[name, _cell(value)] for name, value in [*facts.items(), *libraries.items()]]
    return Rows("", ["", ""], rows)


def _cell(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _commands(run: RunFolder, environment: Mapping[str, Any]) -> str:
    """Returns the commands that train, evaluate and report the run again."""
    name = quote(str(run))
    smoke = " --smoke" if run.uses_sample else ""
    backend = f"--backend {environment.get('backend') or 'tensorflow'}"
    return "\n".join(
        [
            f"rnnkit train {name}/config.yaml{smoke} {backend}",
            f"rnnkit evaluate {name}",
            f"rnnkit report {name}",
        ]
    )
