"""The adding problem: the sum of two numbers of a long sequence, at which a marker points."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from rnnkit.data.datasets.kinds.drawn import DrawnKeys
from rnnkit.data.datasets.kinds.series import SeriesDataset
from rnnkit.data.datasets.series import SeriesFile
from rnnkit.data.raw.reference_scores import BAI, CEILING, CHANCE, ReferenceScores, published
from rnnkit.data.raw.series import Series, joined
from rnnkit.data.times.step import Step

SUM, VALUE, MARKER, SEQUENCE = "sum", "value", "marker", "sequence"
EXPECTED = 1.0
"""The mean of the sum, the value of its column until the last step."""

MEAN_SQUARE, MEAN_ABSOLUTE = 1 / 6, 1 / 3
"""The mean square and mean absolute deviation of the sum of two uniform numbers from its mean."""

REPORTED = {"LSTM": 0.164, "GRU": 5.3e-5, "RNN": 0.177}


class Adding(DrawnKeys, SeriesDataset):
    """The adding problem: numbers from 0 to 1, of which a marker points at one in the first half
    and one in the second; what is their sum (Hochreiter and Schmidhuber 1997)?

    Each sequence is a series of its own, of `length` steps and one more, at which the sum is known.
    It goes with `task: {forecasting: {timesteps: LENGTH}}`, `data.split.by: series` and
    `data.scale: none`.
    """

    short: ClassVar[str | None] = "length"
    step_bytes: ClassVar[int] = 48
    length: int = Field(100, ge=2, le=100_000, description="numbers of a sequence")

    @property
    def unknown_columns(self) -> list[str]:
        return [VALUE, MARKER]

    def load(self) -> Series:
        return self._drawn(self.count)

    def sample(self) -> Series:
        return self._drawn(self.sampled)

    def read(self, path: str, step: Step | None = None) -> Series:
        return self._table(path).read(path, step)

    def read_table(self, data: object, step: Step | None = None) -> Series:
        return self._table("table").read_table(data, step)

    def known_scores(self) -> list[ReferenceScores]:
        chance = {"mse": MEAN_SQUARE, "mae": MEAN_ABSOLUTE, "rmse": MEAN_SQUARE**0.5}
        known = [
            ReferenceScores(
                CHANCE, chance, "the mean, whatever is read: the variance of two uniform numbers"
            ),
            ReferenceScores(CEILING, dict.fromkeys(chance, 0.0), "both numbers are in the input"),
        ]
        if self.length == 600:
            source = f"{BAI}: T = 600, 70,000 weights"
            known += [published(name, {"mse": mse}, source) for name, mse in REPORTED.items()]
        return known

    def _table(self, path: str) -> SeriesFile:
        return SeriesFile(path=path, target=SUM, features=[VALUE, MARKER], series=SEQUENCE)

    def _drawn(self, count: int) -> Series:
        self.require_memory(count, self.length)
        generator, half = self.generator, self.length // 2
        values = generator.random((count, self.length))
        places = np.stack(
            [generator.integers(0, half, count), generator.integers(half, self.length, count)], 1
        )
        markers = np.zeros_like(values)
        np.put_along_axis(markers, places, 1.0, axis=1)
        sums = np.full((count, self.length + 1), EXPECTED)
        sums[:, -1] = np.take_along_axis(values, places, axis=1).sum(axis=1)
        values, markers = (np.pad(steps, ((0, 0), (0, 1))) for steps in (values, markers))
        # the sum is known, and scored, at the last step only
        is_open = np.arange(self.length + 1) < self.length
        return joined(
            [
                Series(
                    targets=(SUM,),
                    columns={SUM: sums[row], VALUE: values[row], MARKER: markers[row]},
                    filled=is_open,
                    keys={SEQUENCE: str(row + 1)},
                )
                for row in range(count)
            ],
            (),
        )
