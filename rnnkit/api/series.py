"""Forecasts and anomalies as DataFrames, by the times of the series."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.formats.format import Record
from rnnkit.data.raw.series import Series
from rnnkit.tasks.capabilities import Forecast
from rnnkit.workflows.anomalies import step_records
from rnnkit.workflows.events import Anomalies
from rnnkit.workflows.scan import Scan

if TYPE_CHECKING:
    import pandas as pd

    from rnnkit.tasks.predictor import Predictor

TIME, STEP = "time", "step"


def series_data(data: Any) -> object:
    """A path as text; data in memory unchanged."""
    return os.fspath(data) if isinstance(data, os.PathLike) else data


def forecast_frame(
    predictor: Predictor, answers: Sequence[tuple[Series, Forecast]]
) -> pd.DataFrame:
    """The forecasts of all series, concatenated."""
    import pandas as pd

    parts = []
    for member, ahead in answers:
        records = predictor.records(member, ahead)
        steps = pd.RangeIndex(1, len(records) + 1, name=STEP)
        index = steps if ahead.times is None else ahead.times.rename(TIME)
        parts.append(_frame(records, index, member))
    return pd.concat(parts)


def anomaly_frame(codec: SeriesCodec, found: Anomalies, scans: Sequence[Scan]) -> pd.DataFrame:
    """The steps of all series, concatenated, with the events that were found."""
    import pandas as pd

    parts = []
    for scan in scans:
        times = scan.series.times
        steps = pd.Index(scan.steps + 1, name=STEP)
        index = steps if times is None else times[scan.steps].rename(TIME)
        parts.append(_frame(step_records(scan, codec), index, scan.series))
    frame = pd.concat(parts)
    frame["event"] = frame.event.astype("Int64")
    numbers = [name for name in (*codec.names, "probability") if name in frame]
    frame[numbers] = frame[numbers].astype(float)
    frame.attrs = {
        "events": [asdict(event) for event in found.events],
        "scores": asdict(found.scores) if found.scores else None,
        "summary": found.summary,
    }
    return frame


def _frame(records: Sequence[Record], index: pd.Index, series: Series) -> pd.DataFrame:
    """Records with their times or step numbers as the index."""
    import pandas as pd

    frame = pd.DataFrame(records).drop(columns=[TIME, STEP], errors="ignore").set_index(index)
    for place, (name, value) in enumerate(series.keys.items()):
        if name not in frame:
            frame.insert(place, name, value)
    return frame
