"""What an audit looks at in a series."""

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

MOST_SERIES = 50  # of a table that are looked at one by one
DIFFERENCE = "Write `data.transform: difference`, so that changes are forecast, not levels"
MEASURED = "Correct the file where the values are known: windows that forecast a gap are left out"


def audit(
    settings: ForecastingSettings,
    section: ForecastingData,
    data: Prepared[SeriesCodec, SeriesPart],
    parameters: int,
) -> Audit:
    """The audit of a series.

    Args:
        settings: Its `task:` section.
        section: Its `data:` section.
        data: Prepared.
        parameters: The parameters of the model, besides embeddings.
    """
    parts = {name: part for name, part in data.parts.items() if name != "data"}
    train = parts["train"]
    series, numbers = train.series, _numbers(train.series)
    looks = list[Iterable[Finding]]()
    each = [
        finding
        for member in series.each[:MOST_SERIES]
        for look in _of_member(member, settings, section)
        for finding in look
    ]
    looks.append(joined(each, "series or columns") if series.members else each)
    low = [values[_steps(train)].min() for values in numbers.values()]
    high = [values[_steps(train)].max() for values in numbers.values()]
    looks.append(constant_features(np.array(low), np.array(high), list(numbers), "steps"))
    cure = DIFFERENCE if section.transform == "none" and not section.dataset.has_choices else ""
    for target in set(numbers) & set(series.targets):
        known = numbers[target][_steps(train)]
        for name, part in parts.items():
            if name != "train":
                looks.append(beyond_range(target, known, numbers[target][_steps(part)], name, cure))
    classes = _classes(parts)
    if classes:
        looks += [rare_classes(classes["train"], "steps"), missing_classes(classes, drawn=False)]
    asked = len(train) * settings.horizon * train.shape.targets
    looks.append(size_findings(parts, (asked, "numbers to forecast"), parameters))
    sampled = [f"{MOST_SERIES} of {len(series.each):,} series are looked at one by one"]
    facts = {
        name: {"steps": part.steps, "windows": len(part), "imputed": _imputed(part)}
        for name, part in parts.items()
    }
    return Audit(
        ordered(gathered(*looks)),
        facts,
        "steps",
        {"series": np.array([len(each) for each in series.each])} if series.members else {},
        classes,
        {name: values for name, values in numbers.items() if not series.members},
        sampled if len(series.each) > MOST_SERIES else (),
    )


def _of_member(
    series: Series, settings: ForecastingSettings, section: ForecastingData
) -> Iterator[Iterator[Finding]]:
    """What concerns one series."""
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
    """Its columns of numbers, without the future."""
    return {
        name: values[: len(series)].astype(float)
        for name, values in series.columns.items()
        if values.dtype.kind != "U"
    }


def _places(series: Series) -> Place:
    """How a finding calls a step: by the row of the file, where it is one, and by its time."""
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
    """How often each category of a target occurs."""
    series = parts["train"].series
    values = series.columns[series.targets[0]]
    if values.dtype.kind != "U":
        return {}
    return label_counts({name: values[_steps(part)].tolist() for name, part in parts.items()})
