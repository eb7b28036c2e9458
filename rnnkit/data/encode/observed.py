"""The measured targets of a series, and their precision."""

from __future__ import annotations

import numpy as np

from rnnkit.data.encode.digits import Digits, decimals_of, decimals_resolved
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw.series import Series


def measured(codec: SeriesCodec, series: Series) -> np.ndarray:
    """The targets of a series in their original units, (steps, targets) float64; NaN where a value
    was imputed.
    """
    values = codec.observed(series)[: len(series)]
    missing = [
        series.missing.get(name, np.zeros(len(series), bool))[: len(series)]
        for name in series.targets
        for _ in codec.columns[name] or (name,)
    ]
    return np.where(np.stack(missing, axis=1), np.nan, values)


def digits(codec: SeriesCodec, series: Series) -> list[Digits]:
    """The decimal places of each target's forecasts: those of the data that float32 resolves."""
    values = measured(codec, series)
    sizes = codec.scaler.scale[: codec.outputs]
    if codec.transform == "return":
        sizes = sizes * np.abs(values).max(axis=0, initial=0.0, where=np.isfinite(values))
    resolved = [decimals_resolved(float(size)) for size in sizes]
    return [
        Digits(decimals_of(column, most), most - 1)  # the last digit is float32 noise
        for column, most in zip(values.T, resolved, strict=True)
    ]
