"""Sections of a forecaster's config that contradict each other."""

from __future__ import annotations

from typing import Any

import pytest

from rnnkit.errors import RnnkitError
from tests.helpers.forecasters import forecasting, numbers_config, series_config


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"split": "{validation: 0.6, test: 0.4}"}, r"data\.split.*everything"),
        ({"timesteps": 0}, r"task\.forecasting\.timesteps.*0"),
        ({"horizon": 0}, r"task\.forecasting\.horizon.*0"),
        ({"scale": "minmax"}, r"data\.scale.*'minmax'"),
        ({"layers": "dense: 3"}, r"model\.layers.*one vector"),
        ({"layers": "pool: max, lstm: 3"}, r"model\.layers.*pool"),
    ],
)
def test_check_sections_of_numbers(options: dict[str, Any], place: str) -> None:
    with pytest.raises(RnnkitError, match=place):
        forecasting(numbers_config(range(20), **options))


@pytest.mark.parametrize(
    ("task", "columns", "transform", "place"),
    [
        ("quantiles: [0.9, 0.1]", "target: y", "none", r"task\.forecasting\.quantiles.*0\.9"),
        ("quantiles: [0.1, 0.9]", "target: y", "none", r"task\.forecasting\.quantiles.*0\.5"),
        ("quantiles: [0, 0.5]", "target: y", "none", r"task\.forecasting\.quantiles"),
        (
            "method: recursive, loss: quantile",
            "target: y",
            "none",
            r"task\.forecasting\.method.*quantiles",
        ),
        (
            "method: recursive",
            "target: y, features: [x]",
            "none",
            r"task\.forecasting\.method.*'x'",
        ),
        ("horizon: 1", "target: y, categorical: [y]", "difference", r"data\.transform.*categor"),
    ],
)
def test_check_sections_of_a_series(task: str, columns: str, transform: str, place: str) -> None:
    with pytest.raises(RnnkitError, match=place):
        forecasting(series_config(f"timesteps: 4, {task}", columns, transform=transform))


@pytest.mark.parametrize(("season", "is_fine"), [(None, False), (1, False), (5, False), (4, True)])
def test_check_sections_change_from_season(season: int | None, is_fine: bool) -> None:
    task = "timesteps: 4" + (f", season: {season}" if season else "")
    text = series_config(task, transform="difference\n  change_from: season")
    if is_fine:
        settings = forecasting(text)
        assert settings.data.lag(settings.task.season) == 4
        return
    with pytest.raises(RnnkitError, match=r"data\.change_from.*season"):
        forecasting(text)


@pytest.mark.parametrize("embedding", ["8", "one_hot"])
def test_check_sections_numbers_need_no_embedding(embedding: str) -> None:
    text = numbers_config(range(20)).replace("embedding: none", f"embedding: {embedding}")
    with pytest.raises(RnnkitError, match=r"model\.embedding.*none"):
        forecasting(text)


def test_monitor_names_a_score_of_forecasts() -> None:
    text = numbers_config(range(20))
    with pytest.raises(RnnkitError, match=r"train\.monitor.*loss, mae, rmse"):
        forecasting(text.replace("epochs: 2", "epochs: 2, monitor: accuracy"))
    assert (
        forecasting(text.replace("epochs: 2", "epochs: 2, monitor: rmse")).train.monitor == "rmse"
    )


def test_levels_are_the_quantiles_that_are_forecast() -> None:
    assert forecasting(series_config("timesteps: 4")).task.levels == (0.5,)
    assert forecasting(series_config("timesteps: 4, loss: quantile")).task.levels == (0.1, 0.5, 0.9)


def test_check_sections_takes_no_metric_of_labels() -> None:
    text = numbers_config(range(20)) + "\nmetrics: [matthews]\n"
    with pytest.raises(RnnkitError, match=r"metrics\.0: found 'matthews'"):
        forecasting(text)
