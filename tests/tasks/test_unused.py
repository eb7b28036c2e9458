"""Keys that do nothing together with the others are said, each with a cure that works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rnnkit.config.unused import Unused, unused_keys
from rnnkit.names import find_config, shipped_configs
from rnnkit.tasks.task import Task, load_task
from tests.helpers.sources import SOURCES

CSV = {"path": "a.csv", "text": "text"}
SERIES = {"path": "a.csv", "target": "y"}
OWN = "the data set has"

# config, what is written in it, the keys that do nothing then, and a word of the reason
CASES: list[tuple[str, dict[str, Any], list[str], str]] = [
    # generation/options.py, generation/samplers.py
    ("fable", {"generate.length_penalty": 0.5}, ["generate.length_penalty"], "beam_size is 1"),
    (
        "fable",
        {"generate.length_penalty": 0.5, "generate.temperature": 0.8},
        ["generate.length_penalty"],
        "beam_size is 1",
    ),
    ("fable", {"generate.random_seed": 1}, ["generate.random_seed"], "temperature is 0"),
    (
        "fable",
        {"generate.random_seed": 1, "generate.beam_size": 2},
        ["generate.random_seed"],
        "a beam search draws nothing",
    ),
    ("fable", {"generate.samplers": ["min_p"]}, ["generate.samplers.0"], "temperature is 0"),
    # training
    (
        "fable",
        {"train.early_stopping": {"at_ceiling": True, "min_delta": 0.1}},
        ["train.early_stopping.min_delta"],
        "nothing waits",
    ),
    (
        "fable",
        {"train.schedule": {"exponential": {"rate": 1, "start_epoch": 2}}},
        ["train.schedule.exponential.start_epoch"],
        "rate is 1",
    ),
    (
        "fable",
        {"train.schedule": {"on_plateau": {"rate": 0.1, "patience": 2, "minimum": 1}}},
        ["train.schedule.on_plateau.rate", "train.schedule.on_plateau.patience"],
        "minimum is 1",
    ),
    (
        "fable",
        {"train.optimizer": {"sgd": {"nesterov": True}}},
        ["train.optimizer.sgd.nesterov"],
        "momentum is 0",
    ),
    (
        "fable",
        {"train.optimizer": {"muon": {"nesterov": False, "momentum": 0}}},
        ["train.optimizer.muon.nesterov"],
        "momentum is 0",
    ),
    ("fable", {"train.num_buckets": 4}, ["train.num_buckets"], "one width"),
    ("stock", {"train.num_buckets": 4}, ["train.num_buckets"], "one width"),
    (
        "imdb_lstm",
        {"train.num_buckets": 4, "data.batching": "fixed", "data.max_length": 9},
        ["train.num_buckets"],
        "one width",
    ),
    (
        "fable",
        {
            "train.kernel": "keras",
            "generate.precision": "int8",
            "model.layers": [{"peephole_lstm": 4}],
        },
        ["train.kernel", "generate.precision"],
        "no kernel",
    ),
    (
        "fable",
        {"train.kernel": "keras", "model.layers": [{"lstm": {"units": 4, "unroll": True}}]},
        ["train.kernel"],
        "no kernel",
    ),
    (
        "fable",
        {"train.optimizer": {"adam": {"lazy": True}}, "model.embedding": "one_hot"},
        ["train.optimizer.adam.lazy"],
        "row by row",
    ),
    (
        "fable",
        {
            "train.optimizer": {"adam": {"lazy": True}},
            "model": {"embedding": 8, "layers": [{"lstm": 8}], "tie_weights": True},
        },
        ["train.optimizer.adam.lazy"],
        "row by row",
    ),
    (
        "fable",
        {
            "train.optimizer": {"muon": {"exclude_embeddings": False}},
            "model.embedding": "one_hot",
        },
        ["train.optimizer.muon.exclude_embeddings"],
        "no embedding",
    ),
    # layers
    (
        "fable",
        {"model.layers": [{"dropout": {"rate": 0, "drop": "steps"}}, {"lstm": 4}]},
        ["model.layers.0.dropout.drop"],
        "rate is 0",
    ),
    (
        "fable",
        {"model.layers": [{"lstm": 4}, {"dropout": {"rate": 0.1, "drop": "steps"}}]},
        ["model.layers.1.dropout.drop"],
        "one vector",
    ),
    (
        "fable",
        {"model.layers": [{"lstm": {"units": 4, "activation_l2": 1.0, "slowness_l2": 1.0}}]},
        ["model.layers.0.lstm.activation_l2", "model.layers.0.lstm.slowness_l2"],
        "last state alone",
    ),
    (
        "fable",
        {
            "task.language_model.window": 1,
            "model.layers": [
                {
                    "lstm": {
                        "units": 4,
                        "slowness_l2": 1.0,
                        "recurrent_initializer": "zeros",
                        "recurrent_dropout": 0.1,
                        "weight_drop": 0.1,
                        "unroll": True,
                    }
                },
                {"pool": "last"},
            ],
        },
        [
            f"model.layers.0.lstm.{key}"
            for key in (
                "slowness_l2",
                "recurrent_initializer",
                "recurrent_dropout",
                "weight_drop",
                "unroll",
            )
        ],
        "one step",
    ),
    (
        "fable",
        {"model.embedding": {"dim": 4, "from_texts": True, "initializer": "ones"}},
        ["model.embedding.initializer"],
        "from_texts says",
    ),
    (
        "imdb_lstm",
        {
            "data.dataset": {"imdb": {"vocab_size": None}},
            "model.embedding": {
                "words": {
                    "dim": 4,
                    "characters": {
                        "layers": [
                            {"conv": 2},
                            {"pool": "max"},
                            {"dropout": {"rate": 0.1, "drop": "features"}},
                        ]
                    },
                }
            },
        },
        ["model.embedding.words.characters.layers.2.dropout.drop"],
        "one vector",
    ),
    # tasks
    ("fable", {"task.language_model.bptt": 9}, ["task.language_model.bptt"], "in windows"),
    (
        "stock",
        {"task.forecasting.quantiles": [0.2, 0.5]},
        ["task.forecasting.quantiles"],
        "loss is",
    ),
    (
        "stock",
        {
            "data.transform": "none",
            "data.change_from": "season",
            "task.forecasting.season": 5,
        },
        ["data.change_from"],
        "transform is none",
    ),
    (
        "ner_conll03",
        {"data.tags": "plain", "task.tagging.scheme": "iob2"},
        ["task.tagging.scheme"],
        "tags are plain",
    ),
    # data sets
    (
        "imdb_lstm",
        {"data.dataset": {"csv": {**CSV, "label": ["x", "y"], "multi_label": True}}},
        ["data.dataset.csv.multi_label"],
        "a list of columns",
    ),
    (
        "imdb_lstm",
        {
            "data.dataset": {
                "csv": {**CSV, "decimal": ",", "thousands": ".", "units": "$", "missing": "?"}
            }
        },
        [f"data.dataset.csv.{key}" for key in ("decimal", "thousands", "units", "missing")],
        "no column of numbers",
    ),
    (
        "names_generator",
        {
            "task.language_model.condition": "features",
            "data.dataset": {"csv": {**CSV, "features": ["x"], "label": "y", "multi_label": True}},
        },
        ["data.dataset.csv.label", "data.dataset.csv.multi_label"],
        "replace labels",
    ),
    (
        "stock",
        {"data.dataset": {"series": {**SERIES, "time_format": "%d"}}},
        ["data.dataset.series.time_format"],
        "no column of times",
    ),
    (
        "stock",
        {"data.dataset": {"series": {**SERIES, "time": "t", "partial": "keep"}}},
        ["data.dataset.series.partial"],
        "not averaged",
    ),
    (
        "fable",
        {"data.dataset": {"text": {"path": __file__, "pattern": "*.md"}}},
        ["data.dataset.text.pattern"],
        "no folder",
    ),
    # splits
    ("imdb_lstm", {"data.split.test": 0.2}, ["data.split.test"], f"{OWN} a test part"),
    (
        "imdb_lstm",
        {
            "data.dataset": {"csv": {"path": "a.csv", "validation_path": "b.csv"}},
            "data.split.validation": 0.2,
        },
        ["data.split.validation"],
        f"{OWN} a validation part",
    ),
    (
        "fable",
        {"data.dataset": "ptb", "data.split": {"validation": 0.2, "test": 0.2}},
        ["data.split.validation", "data.split.test"],
        f"{OWN} parts",
    ),
    (
        "stock",
        {"data.split": {"validation": 0, "by": "series"}},
        ["data.split.by"],
        "nothing is held out",
    ),
    (
        "imdb_lstm",
        {"data.split": {"validation": 0, "random_seed": 3, "method": "last"}},
        ["data.split.random_seed", "data.split.method"],
        "nothing is held out",
    ),
    (
        "imdb_lstm",
        {
            "data.dataset": {"csv": {"path": "a.csv"}},
            "data.split": {"validation": 0, "time": "t", "time_format": "%d"},
        },
        ["data.split.time", "data.split.time_format"],
        "nothing is held out",
    ),
    (
        "imdb_lstm",
        {"data.split": {"random_seed": 3, "method": "last"}},
        ["data.split.random_seed"],
        "drawn by chance",
    ),
    (
        "imdb_lstm",
        {
            "data.dataset": {"csv": {"path": "a.csv"}},
            "data.split": {"random_seed": 3, "time": "t"},
        },
        ["data.split.random_seed"],
        "drawn by chance",
    ),
    # sweep
    (
        "fable",
        {"sweep": {"keys": {"train.epochs": [1, 2]}, "search": "grid", "random_seed": 1}},
        ["sweep.random_seed"],
        "draws nothing",
    ),
]
# those that do something, although they look alike
USED: list[tuple[str, dict[str, Any]]] = [
    ("fable", {"generate.length_penalty": 0.5, "generate.beam_size": 2}),
    ("fable", {"generate.samplers": ["min_p"], "generate.temperature": 0.5}),
    ("fable", {"train.early_stopping": {"at_ceiling": True, "min_delta": 0.1, "patience": 2}}),
    (
        "fable",
        {
            "train.early_stopping": {"at_ceiling": True, "min_delta": 0.1},
            "train.schedule": "on_plateau",
        },
    ),
    ("fable", {"train.optimizer": {"adam": {"lazy": True}}}),
    ("ner_conll03", {"train.optimizer": {"adam": {"lazy": True}}}),
    ("fable", {"data.dataset": {"text": {"path": str(Path(__file__).parent), "pattern": "*.md"}}}),
    ("alice_word", {"task.language_model.bptt": 9}),
    ("imdb_lstm", {"train.num_buckets": 4, "data.split.random_seed": 3}),
    ("imdb_lstm", {"data.split": {"method": "last", "random_seed": 3, "train_fraction": 0.5}}),
    ("reverse_digits", {"data.split": {"validation": 0, "random_seed": 3}, "data.max_pairs": 9}),
    (
        "imdb_lstm",
        {"model.layers": [{"lstm": {"units": 4, "activation_l2": 1.0, "slowness_l2": 1.0}}]},
    ),
    (
        "imdb_lstm",
        {"data.dataset": {"csv": {"path": "a.csv", "weight": "w", "decimal": ","}}},
    ),
]


def unused(config: str, written: dict[str, Any]) -> list[Unused]:
    return unused_keys(loaded(config, written))


def loaded(config: str, written: dict[str, Any]) -> Task:
    return load_task(find_config(config), [written])


@pytest.mark.parametrize(("config", "written", "keys", "reason"), CASES)
def test_unused(config: str, written: dict[str, Any], keys: list[str], reason: str) -> None:
    found = unused(config, written)
    assert sorted(one.key for one in found) == sorted(keys)
    for one in found:
        assert reason in one.reason
        assert str(one).startswith(f"{one.key}: {one.value} has no effect: {one.reason}. Leave it")
        if one.cure:
            key, value = one.cure.replace("COLUMN", "t").split(": ")
            cured = [written, f"{key}={value}"]
            after = unused_keys(load_task(find_config(config), cured))
            assert one.key not in [other.key for other in after]


@pytest.mark.parametrize(("config", "written"), USED)
def test_used(config: str, written: dict[str, Any]) -> None:
    assert unused(config, written) == []


def test_no_shipped_config_has_such_a_key() -> None:
    found = {name: unused_keys(load_task(path)) for name, path in shipped_configs().items()}
    assert len(found) > 40
    assert {name: keys for name, keys in found.items() if keys} == {}


def test_every_key_that_the_sources_name_has_a_case() -> None:
    cases = {key for *_, keys, _ in CASES for key in keys}
    names = {re.sub(r"\.\d+$", "", key).rpartition(".")[2] for key in cases}
    texts = [path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py")]
    pattern = re.compile(r'Unused\(\s*"([\w.]+)"')
    written = {key.rpartition(".")[2] for text in texts for key in pattern.findall(text)}
    assert len(written) > 20
    assert written - names == {"warmup_steps"}  # of tests/training/test_idle.py
