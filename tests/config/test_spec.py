from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rnnkit.cells.lstm import LSTM
from rnnkit.config import dump_config, parse_config
from rnnkit.config.spec import Spec
from rnnkit.data.encode.tokenizer_specs import Char, Word
from rnnkit.errors import RnnkitError
from rnnkit.models.initializers import Constant, Identity, RandomNormal, Zeros
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.training.optimizers.gradients import SGD
from rnnkit.training.optimizers.moments import Adam
from rnnkit.training.options import EarlyStopping, Train
from rnnkit.training.schedules import Cosine, Exponential
from tests.config.base import mistake, mistakes, with_line


def layer(yaml: str) -> Any:
    return parse_config(with_line("- lstm: 32", f"- {yaml}")).model.layers[0]


def embedding(yaml: str) -> Any:
    return parse_config(with_line("embedding: 8", f"embedding: {yaml}")).model.embedding


def train(yaml: str) -> Any:
    return parse_config(with_line("optimizer: adam", yaml)).train


def layer_mistake(yaml: str) -> str:
    return mistake(with_line("- lstm: 32", f"- {yaml}"))


@pytest.mark.parametrize(
    "yaml", ["lstm: 32", "lstm: {units: 32}", "{lstm: {units: 32, dropout: 0}}"]
)
def test_spec_short_form_sets_its_field(yaml: str) -> None:
    assert layer(yaml) == LSTM(units=32)


@pytest.mark.parametrize(
    ("yaml", "spec"),
    [("8", Embedding(dim=8)), ("{dim: 8}", Embedding(dim=8)), ("{embedding: 8}", Embedding(dim=8))],
)
def test_component_default_name_may_be_omitted(yaml: str, spec: Spec) -> None:
    assert embedding(yaml) == spec
    assert (
        embedding("{embedding: {dim: 8, initializer: zeros}}")
        == embedding("{dim: 8, initializer: zeros}")
        == Embedding(dim=8, initializer=Zeros())
    )


@pytest.mark.parametrize("yaml", ["one_hot", "{one_hot: }", "{one_hot: {}}", "{one_hot: null}"])
def test_component_other_than_the_default_is_named(yaml: str) -> None:
    assert embedding(yaml) == OneHot()


def test_component_takes_bare_names_short_values_and_mappings() -> None:
    found = train(
        "optimizer: {sgd: {momentum: 0.9}}\n  schedule: {exponential: 0.5}\n  early_stopping: 3"
    )
    assert found.optimizer == SGD(momentum=0.9)
    assert found.schedule == Exponential(rate=0.5)
    assert found.early_stopping == EarlyStopping(patience=3)
    assert train("schedule: cosine").schedule == Cosine()
    recurrent = layer(
        "lstm: {units: 3, kernel_initializer: zeros, recurrent_initializer: {identity: 0.5},"
        " bias_initializer: {constant: {value: 1}}}"
    )
    assert recurrent.kernel_initializer == Zeros()
    assert recurrent.recurrent_initializer == Identity(gain=0.5)
    assert recurrent.bias_initializer == Constant(value=1.0)
    assert parse_config(with_line("split: 0.1", "tokenizer: char")).data.tokenizer == Char()
    assert parse_config(
        with_line("split: 0.1", "tokenizer: {word: removed}")
    ).data.tokenizer == Word(punctuation="removed")


def test_spec_empty_section_has_its_defaults() -> None:
    assert (
        parse_config(with_line("train:\n  optimizer: adam\n  epochs: 1\n", "train:\n")).train
        == Train()
    )


def test_spec_is_built_in_python() -> None:
    assert Train(optimizer=SGD(momentum=0.5)).optimizer == SGD(momentum=0.5)
    with pytest.raises(ValidationError):
        Train(optimizer=Zeros())  # type: ignore[arg-type]


def test_spec_is_immutable() -> None:
    with pytest.raises(ValidationError):
        Dense(units=3).units = 4  # type: ignore[misc]


@pytest.mark.parametrize(
    ("yaml", "found", "expected"),
    [
        ("lstm: {units: 0}", "found 0", "Expected at least 1"),
        ("lstm: {units: -3}", "found -3", "Expected at least 1"),
        ("lstm: {units: 1000000000}", "found 1000000000", "Expected at most 65536"),
        ("lstm: {units: 1e9}", "found 1000000000.0", "Expected a whole number"),
        ("lstm: {units: 3.5}", "found 3.5", "Expected a whole number"),
        ("lstm: {units: 'three'}", "found 'three' (text)", "Expected a whole number"),
        ("lstm: {units: '3'}", "found '3' (text)", "Expected a whole number"),
        ("lstm: {units: true}", "found true", "Expected a whole number"),
        ("lstm: {units: }", "found nothing", "Expected a whole number"),
        ("lstm: {units: [3, 4]}", "found a list of 2", "Expected a whole number"),
        ("lstm: {units: {a: 1}}", "found a mapping", "Expected a whole number"),
        ("lstm: {units: {}}", "found an empty mapping", "Expected a whole number"),
        ("lstm: {units: 3, dropout: 1}", "found 1", "Expected less than 1"),
        ("lstm: {units: 3, dropout: 1.5}", "found 1.5", "Expected less than 1"),
        ("lstm: {units: 3, dropout: -0.1}", "found -0.1", "Expected at least 0"),
        ("lstm: {units: 3, dropout: .nan}", "found nan", "Expected a number"),
        ("lstm: {units: 3, dropout: much}", "found 'much' (text)", "Expected a number"),
        ("lstm: {units: 3, bidirectional: 1}", "found 1", "Expected true or false"),
        ("lstm: {units: 3, bidirectional: yes}", "found 'yes' (text)", "Expected true or false"),
        (
            "lstm: {units: 3, activation: tahn}",
            "found 'tahn' (text)",
            "Expected one of: elu, exponential, gelu",
        ),
        ("lstm: {units: 3, activation: 3}", "found 3", "Expected one of: elu"),
        ("lstm: {units: 3, activation: [tanh]}", "found a list of 1", "Expected one of: elu"),
        (
            "lstm: {units: 3, kernel_initializer: {constant: .inf}}",
            "found inf",
            "Expected a finite number",
        ),
        (
            "lstm: {units: 3, bias_initializer: orthogonal}",
            "found 'orthogonal'",
            "vectors",
        ),
        (
            "lstm: {units: 3, bias_initializer: {identity: 2}}",
            "found 'identity'",
            "vectors",
        ),
        ("dropout: 1", "found 1", "Expected less than 1"),
        ("pool: sum", "found 'sum' (text)", "Expected one of: last, mean, max, attention"),
        ("3", "found 3", "Expected a layer: conv"),
        ("[lstm]", "found a list of 1", "Expected a layer: conv"),
        ("{}", "found an empty mapping", "Expected one layer: conv"),
        ("", "found nothing", "Expected a layer: conv"),
        ("lstmm: 3", "unknown layer 'lstmm'", "Expected one of: conv"),
        ("embedding: 3", "unknown layer 'embedding'", "Expected one of: conv"),
    ],
)
def test_mistake_names_the_value_and_what_is_expected(yaml: str, found: str, expected: str) -> None:
    message = layer_mistake(yaml)
    assert message.startswith("c.yaml:8: model.layers.0")
    assert f": {found}" in message
    assert expected in message


@pytest.mark.parametrize(
    ("old", "new", "found", "expected"),
    [
        (
            "dataset: fable",
            "dataset: {text: {pattern: 3, path: a.txt}}",
            "c.yaml:3: data.dataset.text.pattern: found 3",
            "Expected text",
        ),
        (
            "dataset: fable",
            "dataset: text",
            "c.yaml:3: data.dataset.text.path: missing",
            "Expected a text file",
        ),
        (
            "dataset: fable",
            "dataset: {fable: 3}",
            "c.yaml:3: data.dataset.fable: found 3",
            "Expected nothing",
        ),
        (
            "dataset: fable",
            "dataset: {fable: {x: 3}}",
            "c.yaml:3: data.dataset.fable.x: unknown key",
            "Expected no keys here",
        ),
        (
            "dataset: fable",
            "dataset: {fable: {}, text: x}",
            "c.yaml:3: data.dataset: found 'fable' and 'text'",
            "Expected one dataset",
        ),
        (
            "split: 0.1",
            "tokenizer: {char: 3}",
            "c.yaml:4: data.tokenizer.char: found 3",
            "Expected a mapping with lowercase, min_frequency, vocab_size",
        ),
        (
            "split: 0.1",
            "split: x",
            "c.yaml:4: data.split.validation: found 'x' (text)",
            "Expected a number",
        ),
        (
            "epochs: 1",
            "epochs: 1e3",
            "c.yaml:11: train.epochs: found 1000.0",
            "Expected a whole number",
        ),
        (
            "epochs: 1",
            "learning_rate: 0",
            "c.yaml:11: train.learning_rate: found 0",
            "Expected more than 0",
        ),
        (
            "epochs: 1",
            "learning_rate: .nan",
            "c.yaml:11: train.learning_rate: found nan",
            "Expected",
        ),
        (
            "epochs: 1",
            "learning_rate: 1e999",
            "c.yaml:11: train.learning_rate: found inf",
            "Expected at most 100",
        ),
        (
            "epochs: 1",
            "checkpoint: 3",
            "c.yaml:11: train.checkpoint: found 3",
            "Expected a mapping with every_seconds, every_steps, keep",
        ),
        (
            "epochs: 1",
            "random_seed: 4294967296",
            "c.yaml:11: train.random_seed: found 4294967296",
            "Expected less than 4294967296",
        ),
        (
            "epochs: 1",
            "clip_norm: 1\n  clip_value: 1",
            "c.yaml:12: train.clip_value: clip_value",
            "clip_norm",
        ),
        (
            "epochs: 1",
            "schedule: exponential",
            "c.yaml:11: train.schedule.exponential.rate: missing",
            "factor",
        ),
        (
            "epochs: 1",
            "monitor: val_loss",
            "c.yaml:11: train.monitor: found 'val_loss'",
            "Expected one of: loss, accuracy, perplexity",
        ),
        (
            "optimizer: adam",
            "optimizer: {adam: {beta_1: 1}}",
            "c.yaml:10: train.optimizer.adam.beta_1: found 1",
            "Expected less than 1",
        ),
        (
            "embedding: 8",
            "embedding: onehot",
            "c.yaml:6: model.embedding: unknown input 'onehot'",
            "'one_hot'?",
        ),
        (
            "embedding: 8",
            "embedding: none",
            "c.yaml:6: model.embedding: found 'none'",
            "Expected an embedding or one_hot",
        ),
        (
            "embedding: 8",
            "embedding: 0",
            "c.yaml:6: model.embedding.dim: found 0",
            "Expected at least 1",
        ),
        (
            "    - lstm: 32",
            "    lstm: 32",
            "c.yaml:7: model.layers: found a mapping",
            "Expected a list",
        ),
        (
            "{language_model: {window: 3}}",
            "language_model",
            "c.yaml:1: task.language_model.window: ",
            "window: 3`",
        ),
        (
            "{language_model: {window: 3}}",
            "{language_model: 0}",
            "c.yaml:1: task.language_model.window: found 0",
            "Expected at least 1",
        ),
        (
            "{language_model: {window: 3}}",
            "{language_model: {windo: 3, window: 2}}",
            "task.language_model.windo: unknown key",
            "'window'?",
        ),
        (
            "{language_model: {window: 3}}",
            "languagemodel",
            "c.yaml:1: task: unknown task 'languagemodel'",
            "'language_model'?",
        ),
        (
            "{language_model: {window: 3}}",
            "[language_model]",
            "c.yaml:1: task: found a list of 1",
            "Expected a task",
        ),
        (
            "{language_model: {window: 3}}",
            "{}",
            "c.yaml:1: task: found an empty mapping",
            "Expected one task",
        ),
        ("{language_model: {window: 3}}", "", "c.yaml:1: task: found nothing", "Expected a task"),
    ],
)
def test_mistake_in_every_section(old: str, new: str, found: str, expected: str) -> None:
    message = mistake(with_line(old, new))
    assert found in message
    assert expected in message


@pytest.mark.parametrize(
    ("yaml", "guess"),
    [
        ("lstm: {units: 3, activation: tahn}", "tanh"),
        ("lstm: {units: 3, Dropout: 0.1}", "dropout"),
        ("lstm: {units: 3, kernel_initializer: zeross}", "zeros"),
        ("LSTM: 3", "lstm"),
        ("simple_rn: 3", "simple_rnn"),
        ("pool: mex", "max"),
    ],
)
def test_mistake_suggests_a_near_name(yaml: str, guess: str) -> None:
    assert layer_mistake(yaml).endswith(f"{guess!r}?")


def test_mistake_deep_inside_has_its_whole_path() -> None:
    (only,) = mistakes(with_line("- lstm: 32", "- lstm:\n        unit: 32\n"))
    assert only.startswith("c.yaml:9: model.layers.0.lstm.unit: unknown key")
    assert only.endswith("'units'?")


def test_mistake_of_arguments_next_to_the_name() -> None:
    for wrong in ("- lstm: 32\n      dropout: 0.2", "- lstm:\n      units: 32"):
        message = mistake(with_line("- lstm: 32", wrong))
        assert message.startswith("c.yaml:8: model.layers.0: found 'lstm' and ")
        assert "arguments" in message


def test_mistakes_come_together_each_with_its_line() -> None:
    text = """\
task: {language_model: {window: 0}}
data:
  dataset: fabel
  split: {validation: x, tst: 0}
model:
  embeding: 8
  layers:
    - lstm: {units: 3, activation: tahn}
    - gru: {unit: 3}
train: {epoch: 3}
extra: 1
"""
    found = {tuple(line.split(": ")[:2]) for line in mistakes(text)}
    assert found == {
        ("c.yaml:1", "task.language_model.window"),
        ("c.yaml:3", "data.dataset"),
        ("c.yaml:4", "data.split.validation"),
        ("c.yaml:4", "data.split.tst"),
        ("c.yaml:6", "model.embeding"),
        ("c.yaml:8", "model.layers.0.lstm.activation"),
        ("c.yaml:9", "model.layers.1.gru.unit"),
        ("c.yaml:10", "train.epoch"),
        ("c.yaml:11", "extra"),
    }


def test_mistake_lists_the_required_sections() -> None:
    assert [line.split(": ")[1] for line in mistakes("task: {language_model: 3}\n")] == [
        "data",
        "model",
    ]
    message = mistakes("model: {}\ndata: {}\n")[0]
    assert message.startswith("c.yaml: task: missing (found model, data).")
    assert "language_model" in message


@pytest.mark.parametrize(
    "name",
    [
        "os:path",
        "os:getcwd",
        "rnnkit.training.optimizers.moments:Adam",
        "rnnkit.architecture:resolve",
    ],
)
def test_component_of_another_kind_is_refused(name: str) -> None:
    assert f"model.layers.0: {name!r} " in layer_mistake(f"{name!r}: 3")
    assert f"data.dataset: {name!r} " in mistake(with_line("dataset: fable", f"dataset: {name!r}"))


@pytest.mark.parametrize("name", ["os:path", "rnnkit.architecture:resolve"])
def test_component_that_is_not_a_task_is_refused(name: str) -> None:
    assert f"task: {name!r} " in mistake(with_line("{language_model: {window: 3}}", name))


class Tail(Pool):
    """A user's own layer."""


def test_component_of_a_user_needs_its_module_loaded() -> None:
    name = f"{__name__}:Tail"
    config = parse_config(with_line("- lstm: 32", f"- '{name}': last"))
    assert config.model.layers == [Tail(mode="last")]
    assert parse_config(dump_config(config)) == config
    assert f"{__name__}:Tail" in dump_config(config)


def test_component_never_imports_a_users_module() -> None:
    message = layer_mistake("'antigravity:Spec': 3")
    assert "not loaded" in message
    assert "--code antigravity.py" in message


def test_spec_is_dumped_under_its_name() -> None:
    tree = Train(optimizer=Adam(beta_1=0.5), schedule=Cosine()).model_dump()
    assert tree["optimizer"]["adam"]["beta_1"] == 0.5
    assert tree["schedule"] == {"cosine": {"final": 0.0}}
    assert Train().model_dump()["schedule"] == "constant"
    tree = LSTM(units=3, kernel_initializer=RandomNormal(mean=1.0)).model_dump()
    assert tree["kernel_initializer"] == {"random_normal": {"mean": 1.0, "stddev": 0.05}}
    assert embedding("{dim: 3, initializer: zeros}").model_dump() == {
        "dim": 3,
        "path": None,
        "from_texts": False,
        "trainable": True,
        "initializer": "zeros",
    }


@pytest.mark.parametrize(
    ("task", "places"),
    [
        ("task: {language_modle: {window: 3}}", ["data.dataset", "train.epochs", "extra"]),
        ("task: sorting", ["data.dataset", "train.epochs", "extra"]),
        ("", ["data.dataset", "train.epochs", "extra"]),
        ("task: 'own:Task'", []),  # whose sections nobody knows
    ],
)
def test_parse_config_of_an_unknown_task_names_the_other_mistakes(
    task: str, places: list[str]
) -> None:
    lines = (
        "data: {dataset: fabel}",
        "model: {embedding: 4, layers: [lstm: 4]}",
        "train: {epochs: many}",
        "extra: 1",
        task,
    )
    with pytest.raises(RnnkitError) as caught:
        parse_config("\n".join(lines))
    said = str(caught.value).splitlines()
    assert "task" in said[0]
    assert [line.split(": ")[1] for line in said[1:]] == places
