"""Configs: every verb that reads one refuses it in the same words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.bad_input.refusal import GOOD, Refused
from tests.cli.invoke import invoke

READS_A_CONFIG: list[list[str]] = [
    ["train"],
    ["check"],
    ["check", "--build"],
    ["config", "show"],
    ["inspect", "summary"],
    ["config", "diff", "fable"],
]
BAD_CONFIGS: list[tuple[str, list[str]]] = [
    ("nosuch", ["nosuch: no such file", "shipped config", "rnnkit config list"]),
    ("gud.yaml", ["gud.yaml: no such file", "Did you mean 'good.yaml'?"]),
    ("fabel", ["fabel: no such file", "Did you mean 'fable'?"]),
    ("folder", ["folder: a folder without a config.yaml"]),
    ("", ["an empty name", "shipped config"]),
    ("empty.yaml", ["empty.yaml: an empty file", "task, data and model", "rnnkit config list"]),
    ("/dev/null", ["/dev/null: a device"]),
    ("latin.yaml", ["latin.yaml:8: byte ", "is not UTF-8", "Save the file as UTF-8"]),
    ("list.yaml", ["list.yaml:1: a list", "Expected a config with at least task"]),
    ("prose.yaml", ["prose.yaml:1: no keys", "Expected a config with at least task"]),
    ("tab.yaml", ["tab.yaml:6:1: not valid YAML", "not tabs"]),
    ("open.yaml", ["open.yaml:8:1: not valid YAML", "Check brackets"]),
    ("twice.yaml", ["twice.yaml:8: the key 'train' a second time", "line 7"]),
    ("tag.yaml", ["tag.yaml:8: the tag", "os.mkdir"]),
    ("good.txt", ["good.txt:1: no keys", "`rnnkit config new`"]),
    ("n" * 5000, ["File name too long"]),
]


@pytest.mark.parametrize(
    ("name", "words"), BAD_CONFIGS, ids=[name[:20] or "nothing" for name, _ in BAD_CONFIGS]
)
@pytest.mark.parametrize("command", READS_A_CONFIG, ids=" ".join)
def test_find_config_refuses_what_holds_no_config(
    command: list[str], name: str, words: list[str], refused: Refused
) -> None:
    if len(name) > 1000:
        result = invoke(*command, name)
        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
        assert words[0] in result.stderr
    else:
        refused(*command, name, words=words)


def test_parse_refuses_anchors_and_aliases(refused: Refused) -> None:
    refused(
        "check",
        "alias.yaml",
        words=["alias.yaml:7: the anchor or alias 'again'", "alias.yaml:8: "],
        mistakes=2,
    )


MISTAKES: list[tuple[str, str, list[str]]] = [
    (
        "simple_rnn: 4",
        "simple_rnn: {units: 4, unit: 3}",
        ["c.yaml:6: model.layers.0.simple_rnn.unit: unknown key", "Did you mean 'units'?"],
    ),
    (
        "train: {epochs",
        "train: {epoch: 1, epochs",
        ["c.yaml:7: train.epoch: unknown key", "Did you mean 'epochs'?"],
    ),
    ("train:", "trian:", ["c.yaml:7: trian: unknown key", "Did you mean 'train'?"]),
    (
        "simple_rnn: 4",
        "simple_rnn: many",
        [
            "c.yaml:6: model.layers.0.simple_rnn.units: found 'many' (text)",
            "Expected a whole number",
        ],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: 0",
        ["c.yaml:6: model.layers.0.simple_rnn.units: found 0", "Expected at least 1"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: -1",
        ["c.yaml:6: model.layers.0.simple_rnn.units: found -1", "Expected at least 1"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: 1000000000",
        ["c.yaml:6: model.layers.0.simple_rnn.units: found 1000000000", "Expected at most"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnm: 4",
        ["c.yaml:6: model.layers.0: unknown layer 'simple_rnm'", "Did you mean 'simple_rnn'?"],
    ),
    (
        "simple_rnn: 4",
        "transformer: 4",
        ["c.yaml:6: model.layers.0: unknown layer 'transformer'", "Expected one of: conv"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: {units: 4, dropout: 1.5}",
        ["c.yaml:6: model.layers.0.simple_rnn.dropout: found 1.5", "Expected less than 1"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: {units: 4, activation: tahn}",
        ["model.layers.0.simple_rnn.activation: found 'tahn'", "Did you mean 'tanh'?"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: {units: 4, bias_initializer: orthogonal}",
        ["bias_initializer: found 'orthogonal'"],
    ),
    (
        "simple_rnn: 4",
        "'os:system': 4",
        ["c.yaml:6: model.layers.0: 'os:system' is not a valid layer"],
    ),
    (
        "simple_rnn: 4",
        "'my_module:Mine': 4",
        ["c.yaml:6: model.layers.0: layer 'my_module:Mine'", "--code my_module.py"],
    ),
    (
        "    - simple_rnn: 4",
        "    - pool: max\n    - pool: max",
        ["c.yaml:7: model.layers.1: pool after pool"],
    ),
    (
        "    - simple_rnn: 4",
        "    - pool: max\n    - lstm: 4",
        ["c.yaml:7: model.layers.1: lstm after pool", "Move it before the pool"],
    ),
    (
        "simple_rnn: 4",
        "dense: 4",
        ["c.yaml:5: model.layers: no layer turns the sequence into one vector"],
    ),
    (
        "window: 3",
        "window: 0",
        ["c.yaml:1: task.language_model.window: found 0", "Expected at least 1"],
    ),
    ("window: 3", "window: three", ["c.yaml:1: task.language_model.window: found 'three' (text)"]),
    (
        "language_model: {window: 3}",
        "translation: {}",
        ["c.yaml:1: task: unknown task 'translation'", "language_model"],
    ),
    (
        "dataset: fable",
        "dataset: fabel",
        ["c.yaml:2: data.dataset: unknown dataset 'fabel'", "Did you mean 'fable'?"],
    ),
    ("dataset: fable", "split: 0.1", ["c.yaml:2: data.dataset: missing"]),
    (
        "dataset: fable",
        "dataset: fable, split: {validation: 0.7, test: 0.3}",
        ["c.yaml:2: data.split: validation and test take everything"],
    ),
    (
        "embedding: 4",
        "embedding: onehot",
        ["c.yaml:4: model.embedding: unknown input 'onehot'", "Did you mean 'one_hot'?"],
    ),
    (
        "embedding: 4",
        "embedding: none",
        ["c.yaml:4: model.embedding: found 'none'", "numbers"],
    ),
    (
        "epochs: 1",
        "optimizer: adm",
        ["c.yaml:7: train.optimizer: unknown optimizer 'adm'", "Did you mean 'adam'?"],
    ),
    (
        "epochs: 1",
        "optimizer: {adamw: {weight_decay: null}}",
        ["c.yaml:7: train.optimizer.adamw.weight_decay: found nothing"],
    ),
    ("epochs: 1", "learning_rate: .nan", ["c.yaml:7: train.learning_rate: found nan"]),
    ("epochs: 1", "batch_size: 0", ["c.yaml:7: train.batch_size: found 0", "Expected at least 1"]),
    (
        "epochs: 1",
        "clip_norm: 1, clip_value: 1",
        ["c.yaml:7: train.clip_value: clip_value and clip_norm"],
    ),
    (
        "epochs: 1",
        "monitor: val_loss",
        ["c.yaml:7: train.monitor: found 'val_loss'", "Did you mean 'loss'?"],
    ),
    ("epochs: 1", f"epochs: {'9' * 5000}", ["c.yaml:7: a number of 5000 digits"]),
]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    MISTAKES,
    ids=[words[0].split(": ", 1)[-1][:60] for *_, words in MISTAKES],
)
def test_load_config_names_place_and_remedy_of_a_mistake(
    old: str, new: str, words: list[str], tmp_path: Path, refused: Refused
) -> None:
    assert GOOD.count(old) == 1
    (tmp_path / "c.yaml").write_text(GOOD.replace(old, new), encoding="utf-8")
    refused("check", "c.yaml", words=words)
    refused("train", "c.yaml", words=words)


def test_load_config_prints_each_mistake_on_its_line(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "c.yaml").write_text(
        GOOD.replace("window: 3", "window: 0").replace("embedding: 4", "embedding: 0"),
        encoding="utf-8",
    )
    refused(
        "train",
        "c.yaml",
        "train.epochs=0",
        words=["c.yaml:1: ", "c.yaml:4: ", "command line: train.epochs"],
        mistakes=3,
    )


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["train.epoch=3"], ["command line: train.epoch: unknown key", "Did you mean 'epochs'?"]),
        (["train.epochs=0"], ["command line: train.epochs: found 0"]),
        (["train.epochs=-1"], ["command line: train.epochs: found -1"]),
        (["train.epochs=many"], ["command line: train.epochs: found 'many' (text)"]),
        (["train.epochs"], ["command line: train.epochs: not an override", "KEY=VALUE"]),
        (["train.epochs", "=", "3"], ["command line: train.epochs: not an override"]),
        (
            ["model.layers.3.lstm.units=4"],
            [
                "command line: model.layers.3.lstm.units=4: no item '3' in model.layers",
                "from 0 to 0",
            ],
        ),
        (
            ["model.layers.0.simple_rnn.unts=4"],
            ["command line: model.layers.0.simple_rnn.unts: unknown key", "Did you mean 'units'?"],
        ),
        (["nosuch.key=4"], ["command line: nosuch: unknown key"]),
        (["train.epochs=["], ["command line: train.epochs=[", "not valid YAML"]),
        (["task.language_model.window=0"], ["command line: task.language_model.window: found 0"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_apply_overrides_names_the_override_in_error(
    overrides: list[str], words: list[str], refused: Refused
) -> None:
    for verb in (["train"], ["check"], ["config", "show"]):
        refused(*verb, "good.yaml", *overrides, words=words)


def test_load_config_names_the_environments_override_in_error(refused: Refused) -> None:
    refused(
        "train",
        "good.yaml",
        words=["RNNKIT_CONFIG_OVERRIDES: train.epoch: unknown key"],
        env={"RNNKIT_CONFIG_OVERRIDES": "train.epoch=3"},
    )
    refused(
        "train",
        "good.yaml",
        words=["RNNKIT_CONFIG_OVERRIDES: cannot be split"],
        env={"RNNKIT_CONFIG_OVERRIDES": "train.epochs='3"},
    )
