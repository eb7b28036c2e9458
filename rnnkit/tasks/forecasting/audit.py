"""The audit of a series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from rnnkit.audit.audit import Audit
from rnnkit.audit.classes import missing_classes, rare_classes
from rnnkit.audit.columns import Column, beyond_range, leaking_column
from rnnkit.audit.finding import Finding, Place, joined, ordered
from rnnkit.audit.shortcuts import constant_features
from rnnkit.audit.size import size_findings
from rnnkit.audit.steps import (
    copied_stretches,
    filled_gaps,
    scale_jumps,
    standing_values,
    step_changes,
)
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw.series import Series
from rnnkit.tasks.audits import gathered, label_counts
from rnnkit.tasks.forecasting.data import SeriesPart
from rnnkit.tasks.forecasting.sections import ForecastingData, ForecastingSettings
from rnnkit.tasks.prepared import Prepared

MOST_SERIES = 50  # most series of a table that are audited one by one
DIFFERENCE = "Write `data.transform: difference`, so that changes are forecast, not levels"
MEASURED = "Correct the file where the values are known: windows that forecast a gap are left out"


def audit(
    settings: ForecastingSettings,
    section: ForecastingData,
    data: Prepared[SeriesCodec, SeriesPart],
    parameters: int,
) -> Audit:
    """The findings and facts about a series.

    Args:
        settings: The `task:` section.
        section: The `data:` section.
        data: The prepared data.
        parameters: The model's number of parameters, embeddings aside.
    """
    parts = {name: part for name, part in data.parts.items() if name != "data"}
    train = parts["train"]
    series, numbers = train.series, _numbers(train.series)
    findings = list[Iterable[Finding]]()
    member_findings = [
        finding
        for member in series.each[:MOST_SERIES]
        for check in _member_findings(member, settings, section)
        for finding in check
    ]
    findings.append(
        joined(member_findings, "series or columns") if series.members else member_findings
    )
    low = [values[_steps(train)].min() for values in numbers.values()]
    high = [values[_steps(train)].max() for values in numbers.values()]
    findings.append(constant_features(np.array(low), np.array(high), list(numbers), "steps"))
    cure = DIFFERENCE if section.transform == "none" and not section.dataset.has_choices else ""
    for target in set(numbers) & set(series.targets):
        trained = numbers[target][_steps(train)]
        for name, part in parts.items():
            if name != "train":
                values = numbers[target][_steps(part)]
                findings.append(beyond_range(target, trained, values, name, cure))
    classes = _classes(parts)
    if classes:
        findings += [rare_classes(classes["train"], "steps"), missing_classes(classes, drawn=False)]
    predicted = len(train) * settings.horizon * train.shape.targets
    findings.append(size_findings(parts, (predicted, "numbers to forecast"), parameters))
    sampled = [f"{MOST_SERIES} of {len(series.each):,} series are audited one by one"]
    facts = {
        name: {"steps": part.steps, "windows": len(part), "imputed": _imputed(part)}
        for name, part in parts.items()
    }
    return Audit(
        ordered(gathered(*findings)),
        facts,
        "steps",
        {"series": np.array([len(member) for member in series.each])} if series.members else {},
        classes,
        {name: values for name, values in numbers.items() if not series.members},
        sampled if len(series.each) > MOST_SERIES else (),
    )


def _member_findings(
    series: Series, settings: ForecastingSettings, section: ForecastingData
) -> Iterator[Iterator[Finding]]:
    """The findings about a single series."""
    place, numbers = _places(series), _numbers(series)
    none = np.zeros(len(series), bool)
    key = section.dataset.config_key("features")
    for name, values in numbers.items():
        missing = series.missing.get(name, none)[: len(series)]
        yield scale_jumps(name, values, place)
        yield standing_values(name, values, missing, place)
        yield filled_gaps(name, missing, settings.timesteps, place, MEASURED)
        if name in series.targets:
            yield copied_stretches(name, values, place)
        for target in series.targets:
            if target in numbers and name not in series.targets:
                column = Column(name, values, name in series.known, key)
                yield leaking_column(target, numbers[target], column, settings.horizon)
    if series.times is not None and series.step is None:
        seconds = np.diff(series.times[: len(series)].asi8) / 1e6
        resample = section.dataset.config_key("resample")
        cure = (
            f"Write `{resample}: 1D`, or the longest of these steps, over which rows are averaged"
        )
        yield step_changes(seconds, place, cure)


def _numbers(series: Series) -> dict[str, np.ndarray]:
    """The columns of numbers, without future steps."""
    return {
        name: values[: len(series)].astype(float)
        for name, values in series.columns.items()
        if values.dtype.kind != "U"
    }


def _places(series: Series) -> Place:
    """The function that names a step in a finding: by its row in the file, if any, and its time."""
    name = f"{series.name}: " if series.name else ""

    def place(index: int) -> str:
        shown = series.place(index)
        if index >= len(series.file_rows):
            return f"{name}{shown}"
        row = f"row {series.file_rows[index]}"
        return f"{name}{row}" if series.times is None else f"{name}{row} ({shown})"

    return place


def _steps(part: SeriesPart) -> np.ndarray:
    return np.concatenate([np.arange(span.start, span.stop) for span in part.spans])


def _imputed(part: SeriesPart) -> float:
    filled = part.series.filled
    return round(float(filled[_steps(part)].mean()), 4) if len(filled) else 0.0


def _classes(parts: Mapping[str, SeriesPart]) -> dict[str, dict[str, int]]:
    """The count of each category of the target in each part; empty for numbers."""
    series = parts["train"].series
    values = series.columns[series.targets[0]]
    if values.dtype.kind != "U":
        return {}
    return label_counts({name: values[_steps(part)].tolist() for name, part in parts.items()})
