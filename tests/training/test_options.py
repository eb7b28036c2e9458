"""The `train:` section: what may be written in it, and what is said about the rest."""

from __future__ import annotations

from typing import Any

import pytest

from rnnkit.config import dump_config, load_config, parse_config
from rnnkit.errors import USER_MISTAKE, RnnkitError
from rnnkit.names import find_config
from rnnkit.registry import OPTIMIZERS
from rnnkit.training.options import Train

BASE = """
task: {language_model: {window: 3}}
data: {dataset: fable}
model: {embedding: 8, layers: [{simple_rnn: 8}]}
"""


def train_of(text: str) -> Train:
    options = parse_config(f"{BASE}train: {text}\n", "my.yaml").train
    assert isinstance(options, Train)
    return options


def test_train_defaults() -> None:
    options = parse_config(BASE, "my.yaml").train
    assert options == Train()
    assert (type(options.optimizer).__name__, type(options.schedule).__name__) == (
        "Adam",
        "Constant",
    )
    assert (options.learning_rate, options.batch_size, options.epochs, options.random_seed) == (
        0.001,
        32,
        10,
        0,
    )
    assert (options.monitor, options.early_stopping, options.max_steps) == ("loss", None, None)
    assert (options.clip_norm, options.clip_value, options.warmup_steps) == (None, None, 0)
    assert (
        options.checkpoint.every_steps,
        options.checkpoint.every_seconds,
        options.checkpoint.keep,
    ) == (None, 60.0, 2)


def test_train_short_forms_mean_their_long_forms() -> None:
    assert train_of("{early_stopping: 3}") == train_of(
        "{early_stopping: {patience: 3, min_delta: 0}}"
    )
    assert train_of("{schedule: {exponential: 0.5}}") == train_of(
        "{schedule: {exponential: {rate: 0.5, start_epoch: 0}}}"
    )
    assert train_of("{schedule: cosine}") == train_of("{schedule: {cosine: {final: 0}}}")
    assert train_of("{optimizer: sgd}") == train_of("{optimizer: {sgd: {momentum: 0}}}")


def test_train_reads_scientific_notation() -> None:
    options = train_of("{learning_rate: 1e-3, optimizer: {adam: {epsilon: 1e-8}}, clip_norm: 1}")
    assert (
        options.learning_rate,
        options.optimizer.model_dump()["epsilon"],
        options.clip_norm,
    ) == (0.001, 1e-8, 1.0)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_train_every_optimizer_is_dumped_and_read_back(name: str) -> None:
    config = load_config(
        find_config("fable_simple_rnn"),
        [f"train.optimizer={name}", "train.schedule={on_plateau: 0.3}", "train.early_stopping=4"],
    )
    again = parse_config(dump_config(config))
    assert again == config
    assert type(again.train.optimizer).__name__.lower() == name


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("{epochs: 0}", ["my.yaml:5: train.epochs: found 0. Expected at least 1."]),
        ("{epochs: 2.5}", ["my.yaml:5: train.epochs: found 2.5. Expected a whole number."]),
        (
            "{epochs: ten}",
            ["my.yaml:5: train.epochs: found 'ten' (text). Expected a whole number."],
        ),
        ("{epochs: true}", ["my.yaml:5: train.epochs: found true. Expected a whole number."]),
        ("{batch_size: -1}", ["train.batch_size: found -1. Expected at least 1, or auto."]),
        ("{learning_rate: 0}", ["train.learning_rate: found 0. Expected more than 0."]),
        ("{learning_rate: .nan}", ["train.learning_rate"]),
        ("{learning_rate: 1000}", ["train.learning_rate: found 1000. Expected at most 100."]),
        ("{random_seed: -1}", ["train.random_seed: found -1. Expected at least 0."]),
        (
            "{random_seed: 4294967296}",
            ["train.random_seed: found 4294967296. Expected less than 4294967296."],
        ),
        ("{clip_norm: 0}", ["train.clip_norm: found 0. Expected more than 0."]),
        ("{max_steps: 0}", ["train.max_steps: found 0. Expected at least 1."]),
        ("{epoch: 3}", ["train.epoch: unknown key", "Did you mean 'epochs'?"]),
        ("{optimizer: adm}", ["train.optimizer: unknown optimizer 'adm'", "Did you mean 'adam'?"]),
        (
            "{optimizer: {adam: {beta1: 0.9}}}",
            ["train.optimizer.adam.beta1: unknown key", "Did you mean 'beta_1'?"],
        ),
        (
            "{optimizer: {adam: {beta_1: 1.0}}}",
            ["train.optimizer.adam.beta_1: found 1.0. Expected less than 1."],
        ),
        (
            "{optimizer: {adam: {learning_rate: 0.1}}}",
            ["train.optimizer.adam.learning_rate: unknown key"],
        ),
        ("{schedule: {cosine: 2}}", ["train.schedule.cosine.final: found 2. Expected at most 1."]),
        ("{early_stopping: {min_delta: 1}}", ["train.early_stopping.patience: missing"]),
        ("{early_stopping: 0}", ["train.early_stopping.patience: found 0. Expected at least 1."]),
        ("{checkpoint: {keep: 0}}", ["train.checkpoint.keep: found 0. Expected at least 1."]),
        (
            "{checkpoint: {every_seconds: 0}}",
            ["train.checkpoint.every_seconds: found 0. Expected more than 0."],
        ),
        (
            "{monitor: lost}",
            [
                "train.monitor: found 'lost'. Expected one of: loss, accuracy, perplexity. Did you"
                " mean 'loss'?"
            ],
        ),
        (
            "{epochs: 0, batch_size: 0, optimizer: adm}",
            ["train.epochs", "train.batch_size", "train.optimizer"],
        ),
    ],
)
def test_train_mistakes_name_their_place(text: str, messages: list[str]) -> None:
    with pytest.raises(RnnkitError) as caught:
        train_of(text)
    assert caught.value.exit_code == USER_MISTAKE
    for message in messages:
        assert message in str(caught.value)


@pytest.mark.parametrize("monitor", ["loss", "accuracy", "perplexity"])
def test_train_monitors_every_score(monitor: str) -> None:
    assert train_of(f"{{monitor: {monitor}}}").monitor == monitor


def test_train_is_immutable() -> None:
    options: Any = Train()
    with pytest.raises(ValueError, match="frozen"):
        options.epochs = 3
