"""What was measured of a series, and with how many digits."""

from __future__ import annotations

import numpy as np

from rnnkit.data.encode.digits import Digits, decimals_of, decimals_resolved
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw.series import Series


def measured(codec: SeriesCodec, series: Series) -> np.ndarray:
    """The targets of a series where they were measured, (steps, targets) float64; nan where they
    are imputed.
    """
    values = codec.observed(series)[: len(series)]
    missing = [
        series.missing.get(name, np.zeros(len(series), bool))[: len(series)]
        for name in series.targets
        for _ in codec.columns[name] or (name,)
    ]
    return np.where(np.stack(missing, axis=1), np.nan, values)


def digits(codec: SeriesCodec, series: Series) -> list[Digits]:
    """Digits after the point of each target's forecasts: as many as the series has, as far as the
    network resolves them.
    """
    values = measured(codec, series)
    sizes = codec.scaler.scale[: codec.outputs]
    if codec.transform == "return":
        sizes = sizes * np.abs(values).max(axis=0, initial=0.0, where=np.isfinite(values))
    resolved = [decimals_resolved(float(size)) for size in sizes]
    return [
        Digits(decimals_of(column, most), most - 1)  # the last one is that of one float32 alone
        for column, most in zip(values.T, resolved, strict=True)
    ]
