"""A sweep over a key that changes no training is refused."""

from __future__ import annotations

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.workflows.sweep.plan import SweepOptions, make_plan
from rnnkit.workflows.sweep.plan_checks import require_configs

QUANTILES = "task.forecasting.quantiles=[0.1,0.5],[0.2,0.5]"
SEASON = "task.forecasting.season=5,20"
SMALL = ("train.epochs=1,2",)


def require(config: str, *words: str) -> None:
    require_configs(make_plan(SweepOptions(config, words)))


@pytest.mark.parametrize(
    ("config", "words", "said"),
    [
        ("fable", ["train.checkpoint.keep=2,3"], "changes nothing in a training"),
        ("fable", ["train.checkpoint={keep: 2},{keep: 3}", *SMALL], "changes nothing"),
        ("fable", ["train.diagnose=true,false"], "changes nothing in a training"),
        ("fable", ["train.trackers=[],[mlflow]"], "changes nothing in a training"),
        ("stock", [SEASON, "data.change_from=last"], "changes nothing in a training"),
        ("stock", [QUANTILES, "train.epochs=1,2"], "has no effect: loss is mse"),
        ("fable", ["task.language_model.bptt=3,9"], "has no effect: the text is read in windows"),
        ("fable", ["train.num_buckets=auto,4"], "has no effect: every batch has one width"),
    ],
)
def test_key_that_changes_no_training(config: str, words: list[str], said: str) -> None:
    with pytest.raises(RnnkitError, match=said) as refused:
        require(config, *words)
    assert refused.value.where == f"command line: {words[0].partition('=')[0]}"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("stock", [QUANTILES, "task.forecasting.loss=mse,quantile"]),
        ("stock", [SEASON, "data.change_from=last,season", "data.transform=difference"]),
        ("imdb_lstm", ["train.num_buckets=2,4"]),
        ("fable", ["train.optimizer={sgd: {nesterov: true}},{sgd: {momentum: 0.9}}"]),
        ("fable", ["train.early_stopping=1,2"]),
    ],
)
def test_key_that_changes_a_training(config: str, words: list[str]) -> None:
    require(config, *words)
