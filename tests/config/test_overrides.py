from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.config import load_config
from rnnkit.config.overrides import ENVIRONMENT
from rnnkit.errors import RnnkitError
from rnnkit.training.optimizers.moments import Adam
from rnnkit.training.schedules import Cosine
from tests.config.base import BASE, load, mistakes


def refused(tmp_path: Path, *overrides: str, text: str = BASE) -> str:
    (only,) = mistakes(text, tmp_path, overrides)
    return only


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("train.epochs=3", lambda config: config.train.epochs == 3),
        ("train.learning_rate=1e-3", lambda config: config.train.learning_rate == 0.001),
        ("train.optimizer=sgd", lambda config: type(config.train.optimizer).__name__ == "SGD"),
        ("train.early_stopping=null", lambda config: config.train.early_stopping is None),
        ("train.checkpoint.keep=5", lambda config: config.train.checkpoint.keep == 5),
        ("generate.temperature=0.5", lambda config: config.generate.temperature == 0.5),
        (
            "model.embedding=one_hot",
            lambda config: type(config.model.embedding).__name__ == "OneHot",
        ),
        ("model.layers.0.lstm=7", lambda config: config.model.layers[0].units == 7),
        ("model.layers.0=gru: 5", lambda config: type(config.model.layers[0]).__name__ == "GRU"),
        (
            "model.layers=[{gru: 5}, {dense: 2}]",
            lambda config: [layer.units for layer in config.model.layers] == [5, 2],
        ),
        ("task.language_model.window=7", lambda config: config.task.window == 7),
        ("task.language_model=7", lambda config: config.task.window == 7),
        (
            "data.split.test=0.2",
            lambda config: (config.data.split.validation, config.data.split.test) == (0.1, 0.2),
        ),
        ("data.dataset={text: a=b.txt}", lambda config: config.data.dataset.path == "a=b.txt"),
    ],
)
def test_apply_overrides_sets_a_written_or_a_default_key(
    tmp_path: Path, override: str, found: Any
) -> None:
    assert found(load(tmp_path, override))


def test_apply_overrides_of_a_mapping_set_keys_and_sections(tmp_path: Path) -> None:
    """A section keeps its other keys; what a path names is replaced, as on the command line."""
    path = tmp_path / "c.yaml"
    path.write_text(BASE, encoding="utf-8")
    merged = load_config(path, [{"train": {"epochs": 3}}])
    assert merged == load(tmp_path, "train.epochs=3")
    replaced = load_config(path, [{"model.layers.0": {"gru": 5}, "train.epochs": 4}])
    assert replaced == load(tmp_path, "model.layers.0=gru: 5", "train.epochs=4")
    for wrong, found in (
        ({"train": {"epochs": 0}}, "overrides: train.epochs.*found 0"),
        ({"train..epochs": 3}, "overrides.*'train..epochs'"),
        ({"train": {3: 4}}, "overrides: train.*3.*unknown"),
        ({"train": {None: 4}}, "overrides: train.*the key None"),
    ):
        with pytest.raises(RnnkitError, match=found):
            load_config(path, [wrong])


def test_apply_overrides_opens_a_short_form_and_keeps_its_value(tmp_path: Path) -> None:
    assert load(tmp_path, "model.layers.0.lstm.units=64").model.layers[0].units == 64
    layer = load(
        tmp_path, "model.layers.0.lstm.dropout=0.5", "model.layers.0.lstm.unroll=true"
    ).model.layers[0]
    assert (layer.units, layer.dropout, layer.unroll) == (32, 0.5, True)
    embedding = load(tmp_path, "model.embedding.initializer=zeros").model.embedding
    assert embedding.dim == 8
    assert load(tmp_path, "model.embedding.dim=3").model.embedding.dim == 3


def test_apply_overrides_opens_a_bare_name(tmp_path: Path) -> None:
    assert load(tmp_path, "train.optimizer.adam.beta_1=0.5").train.optimizer == Adam(beta_1=0.5)
    assert load(tmp_path, "train.schedule.cosine.final=0.1").train.schedule == Cosine(final=0.1)


def test_apply_overrides_refuses_a_key_of_another_component(tmp_path: Path) -> None:
    text = BASE.replace("embedding: 8", "embedding: one_hot")
    assert "model.embedding.one_hot.dim: unknown key" in refused(
        tmp_path, "model.embedding.dim=3", text=text
    )
    assert "found 'adam' and 'sgd'" in refused(tmp_path, "train.optimizer.sgd.momentum=0.9")
    assert "found 'lstm' and 'gru'" in refused(tmp_path, "model.layers.0.gru.units=3")


def test_apply_overrides_last_one_and_command_line_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(tmp_path, "train.epochs=3", "train.epochs=4").train.epochs == 4
    monkeypatch.setenv(
        ENVIRONMENT, "train.epochs=5 train.batch_size=7 'data.dataset={text: my file.txt}'"
    )
    config = load(tmp_path)
    assert (config.train.epochs, config.train.batch_size, config.data.dataset.path) == (
        5,
        7,
        "my file.txt",
    )
    config = load(tmp_path, "train.epochs=6")
    assert (config.train.epochs, config.train.batch_size) == (6, 7)


def test_apply_overrides_mistake_names_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(tmp_path, "train.epoch=3").startswith("command line: train.epoch: unknown key.")
    assert refused(tmp_path, "train.epoch=3").endswith("'epochs'?")
    assert refused(tmp_path, "train.epochs=0").startswith("command line: train.epochs: found 0.")
    monkeypatch.setenv(ENVIRONMENT, "train.epochs=0")
    assert refused(tmp_path).startswith(f"{ENVIRONMENT}: train.epochs: found 0.")
    assert "command line: train.epochs: found -1" in refused(tmp_path, "train.epochs=-1")
    assert load(tmp_path, "train.epochs=2").train.epochs == 2


def test_apply_overrides_mistake_below_a_replaced_value(tmp_path: Path) -> None:
    assert refused(tmp_path, "model.layers=[lstm]").startswith(
        "command line: model.layers.0.lstm.units: missing"
    )
    assert refused(tmp_path, "task.language_model=0").startswith(
        "command line: task.language_model.window: found 0"
    )
    assert refused(tmp_path, "nosuch.key=1").startswith("command line: nosuch: unknown key")
    assert refused(tmp_path, "train.optimizer.adam.beta=1").startswith(
        "command line: train.optimizer.adam.beta: unknown key"
    )


def test_apply_overrides_mistake_of_the_file_keeps_its_line(tmp_path: Path) -> None:
    wrong = BASE.replace("- lstm: 32", "- lstm: {units: 0}")
    file_mistake = str(tmp_path / "c.yaml:8: model.layers.0.lstm.units: found 0")
    assert refused(tmp_path, "model.layers.0.lstm.dropout=0.5", text=wrong).startswith(file_mistake)
    assert refused(
        tmp_path, "model.layers.0.lstm.dropout=0.5", text=BASE.replace("32", "0")
    ).startswith(file_mistake)


def test_apply_overrides_mistakes_come_with_those_of_the_file(tmp_path: Path) -> None:
    found = mistakes(
        BASE.replace("epochs: 1", "epoch: 1"),
        tmp_path,
        ("train.batch_size=0", "model.layers.0.lstm.unit=3"),
    )
    assert {line.split(": ")[0] for line in found} == {f"{tmp_path}/c.yaml:11", "command line"}
    assert len(found) == 3


@pytest.mark.parametrize(
    "override", ["train.epochs", "=3", "train..epochs=3", ".train=3", "train.=3", "", "="]
)
def test_apply_overrides_refuses_what_does_not_assign(tmp_path: Path, override: str) -> None:
    message = refused(tmp_path, override)
    assert message.startswith(f"command line: {override}: ")


@pytest.mark.parametrize("index", ["1", "7", "-1", "first", "0x0", "²", "1.5"])
def test_apply_overrides_refuses_a_missing_list_item(tmp_path: Path, index: str) -> None:
    message = refused(tmp_path, f"model.layers.{index}.lstm.units=64")
    assert f"{index.split('.')[0]!r} in model.layers" in message


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("[", "not valid YAML"),
        ("{a: 1, a: 2}", "key 'a'"),
        ("&a 1", "anchor"),
        ("!!int 3", "the tag"),
        ("9" * 5000, "5000 digits"),
    ],
)
def test_apply_overrides_refuses_a_value_that_is_not_plain_yaml(
    tmp_path: Path, value: str, found: str
) -> None:
    message = refused(tmp_path, f"train.epochs={value}")
    assert message.startswith("command line: train.epochs=")
    assert found in message


def test_apply_overrides_reads_values_by_yaml_1_2(tmp_path: Path) -> None:
    assert load(tmp_path, "train.epochs=010").train.epochs == 10
    assert load(tmp_path, "train.epochs= 3 ").train.epochs == 3
    assert "found 'no' (text)" in refused(tmp_path, "model.layers.0.lstm.unroll=no")
    assert "found nothing" in refused(tmp_path, "train.epochs=")


def test_apply_overrides_refuses_an_open_quote_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, "train.epochs='3")
    assert refused(tmp_path).startswith(f"{ENVIRONMENT}: cannot be split")


def test_apply_overrides_leaves_the_file_unchanged(tmp_path: Path) -> None:
    load(tmp_path, "train.epochs=3")
    assert (tmp_path / "c.yaml").read_text(encoding="utf-8") == BASE
