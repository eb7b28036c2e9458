"""The sections of a config for forecasts of a series."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rnnkit.config.component import Component
from rnnkit.config.on_resume import SAME_DATA, OnResume
from rnnkit.config.spec import Spec
from rnnkit.config.unused import Unused
from rnnkit.data.datasets.kinds.series import SeriesDataset
from rnnkit.data.encode.series import Transform
from rnnkit.data.raw.split import SeriesSplit
from rnnkit.tasks.checks import Mistakes
from rnnkit.tasks.task import ENCODED, OF_MODEL, RecurrentModel

Quantile = Annotated[float, Field(gt=0, lt=1)]


class ForecastingSettings(Spec):
    """The window, the horizon and the loss of a forecast."""

    on_resume: ClassVar[OnResume | None] = OF_MODEL

    timesteps: int = Field(ge=1, le=1_000_000, description="how many steps the model sees")
    horizon: int = Field(1, ge=1, le=100_000, description="how many steps ahead it forecasts")
    method: Literal["direct", "recursive"] = Field(
        "direct",
        description=(
            "direct: all steps at once; recursive: one step at a time, fed back into the model"
        ),
    )
    loss: Literal["mse", "mae", "quantile"] = Field(
        "mse", description="mse forecasts the mean, mae the median, quantile an interval too"
    )
    quantiles: list[Quantile] = Field(
        [0.1, 0.5, 0.9], description="with `loss: quantile`; ascending, 0.5 among them"
    )
    season: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description=(
            "steps of a season, for the seasonal naive and MASE; from the timestamps by default"
        ),
    )

    def unused(self) -> Iterator[Unused]:
        if self.loss != "quantile":
            cure = "loss: quantile" if self.method == "direct" else ""
            yield Unused("quantiles", f"loss is {self.loss}", cure)

    @property
    def levels(self) -> tuple[float, ...]:
        """The quantiles of a forecast; (0.5,) for a forecast without interval."""
        return tuple(self.quantiles) if self.loss == "quantile" else (0.5,)

    @property
    def steps_at_once(self) -> int:
        """The steps that the network forecasts in one pass."""
        return 1 if self.method == "recursive" else self.horizon


class ForecastingData(Spec):
    """The `data:` section."""

    on_resume: ClassVar[OnResume | None] = ENCODED

    dataset: Annotated[SeriesDataset, Component("dataset"), SAME_DATA]
    scale: Literal["standard", "none"] = Field(
        "standard",
        description="mean 0 and deviation 1 on the training set, or numbers as they are",
    )
    transform: Transform = Field(
        "none",
        description=(
            "what the model reads and forecasts of a target: none, its value; difference, its"
            " change; return, the change of its logarithm"
        ),
    )
    change_from: Literal["last", "season"] = Field(
        "last",
        description=(
            "the change since the last value seen, or since the same step of the last season seen"
        ),
    )
    split: Annotated[SeriesSplit, SAME_DATA] = SeriesSplit()

    def unused(self) -> Iterator[Unused]:
        if self.transform == "none":
            cure = "" if self.dataset.has_choices else "transform: difference"
            yield Unused("change_from", "transform is none", cure)

    def lag(self, season: int | None) -> int:
        """The steps over which a forecast change is measured; 0 if values are forecast."""
        if self.transform == "none":
            return 0
        return 1 if self.change_from == "last" else season or 1


def check_sections(
    settings: ForecastingSettings, data: ForecastingData, model: RecurrentModel
) -> Mistakes:
    """Checks settings across the sections."""
    mistakes = Mistakes()
    mistakes.check_reads_numbers(model.embedding)
    mistakes.check_split(data.split, "steps")
    _check_settings(mistakes, settings, data.dataset)
    if data.transform != "none" and data.dataset.has_choices:
        expected = "Expected none: categories cannot be subtracted"
        mistakes.add("data.transform", f"found {data.transform!r}", expected)
    season = settings.season or 0
    if data.change_from == "season" and not 1 < season <= settings.timesteps:
        got = f"season, and task.forecasting.season is {settings.season or 'unset'}"
        mistakes.add("data.change_from", got, "Expected one from 2 to timesteps")
    return mistakes


def _check_settings(
    mistakes: Mistakes, settings: ForecastingSettings, dataset: SeriesDataset
) -> None:
    quantiles = settings.quantiles
    if quantiles != sorted(set(quantiles)) or 0.5 not in quantiles:
        expected = "Expected ascending quantiles with 0.5 among them, such as [0.1, 0.5, 0.9]"
        mistakes.add("task.quantiles", f"found {quantiles}", expected)
    if settings.method != "recursive":
        return
    hint = "Write `method: direct`"
    if settings.loss == "quantile":
        expected = "The interval of one step does not hold for later ones"
        mistakes.add("task.method", "recursive, with quantiles", expected, hint)
    if dataset.unknown_columns:
        column = dataset.unknown_columns[0]
        got = f"recursive, but the future of {column!r} is neither forecast nor known"
        known = f" or in `{dataset.config_key('known')}`" if hasattr(dataset, "known") else ""
        expected = f"Expected each column among the targets{known}"
        mistakes.add("task.method", got, expected, hint)
