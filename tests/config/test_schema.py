"""The JSON Schema for editors: valid itself, and no config that rnnkit takes is underlined."""

from __future__ import annotations

import importlib
import json
import types
from pathlib import Path
from random import Random
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import settings
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from rnnkit.config import dump_config, load_config, parse_config, shipped_configs
from rnnkit.config.component import Component
from rnnkit.config.schema import json_schema
from rnnkit.config.spec import Spec
from rnnkit.config.yaml12 import parse, read
from rnnkit.errors import RnnkitError
from rnnkit.registry import TABLES, lookup
from rnnkit.workflows.configs import STARTERS, starter
from tests.cli.invoke import done
from tests.config.base import BASE, with_line
from tests.conftest import SOAK_SEED


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def complaints(schema: Draft202012Validator, tree: Any) -> list[str]:
    return [error.message for error in schema.iter_errors(tree)]


def accepted(tree: Any) -> bool:
    """Whether rnnkit itself takes a config."""
    try:
        parse_config(tree)
    except RnnkitError:
        return False
    return True


def test_json_schema_is_valid_and_its_references_exist(schema: Draft202012Validator) -> None:
    Draft202012Validator.check_schema(schema.schema)
    text = json.dumps(schema.schema)
    references = {part.split('"')[0] for part in text.split('"$ref": "#/$defs/')[1:]}
    assert references == set(schema.schema["$defs"])


def test_json_schema_is_printed_by_the_command_line(schema: Draft202012Validator) -> None:
    assert json.loads(done("config", "schema").stdout) == schema.schema


@pytest.mark.parametrize("name", sorted(shipped_configs())[1::3])
def test_json_schema_accepts_shipped_configs_and_resolved_ones(
    schema: Draft202012Validator, name: str
) -> None:
    path = shipped_configs()[name]
    assert complaints(schema, read(path).tree) == []
    assert complaints(schema, parse(dump_config(load_config(path)), name).tree) == []


@pytest.mark.parametrize("task", STARTERS)
def test_json_schema_accepts_starters(schema: Draft202012Validator, task: str) -> None:
    text = starter(task)
    assert complaints(schema, parse(text, task).tree) == []
    assert complaints(schema, parse(dump_config(parse_config(text)), task).tree) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{language_model: {window: 3}}", "{language_model: 3}"),
        ("dataset: fable", "dataset: {fable: }"),
        ("dataset: fable", "dataset: {fable: {}}"),
        ("dataset: fable", "dataset: {text: mine.txt}"),
        ("dataset: fable", "dataset: {text: {path: mine.txt, encoding: latin-1}}"),
        ("dataset: fable", "dataset: {inline: give me new sample}"),
        ("dataset: fable", "dataset: alice"),
        ("dataset: fable", "dataset: {alice: my/alice.txt}"),
        ("dataset: fable", "dataset: fable\n  tokenizer: char"),
        ("dataset: fable", "dataset: fable\n  tokenizer: {word: removed}"),
        ("dataset: fable", "dataset: fable\n  tokenizer: {bpe: 500}"),
        ("split: 0.1", "split: 0"),
        ("split: 0.1", "split: {test: 0.1}"),
        ("split: 0.1", "split:"),
        ("embedding: 8", "embedding: one_hot"),
        ("embedding: 8", "embedding: {dim: 8}"),
        ("embedding: 8", "embedding: {embedding: 8}"),
        ("embedding: 8", "embedding: {embedding: {dim: 8, initializer: {constant: 0.5}}}"),
        ("- lstm: 32", "- lstm: {units: 32, bidirectional: true, recurrent_initializer: zeros}"),
        ("- lstm: 32", "- lstm: 32\n    - dropout: 0.5\n    - dense: {units: 3, activation: relu}"),
        ("- lstm: 32", "- gru: 32\n    - simple_rnn: 8\n    - pool: max"),
        ("- lstm: 32", "- lstm: 32\n    - pool: {mode: attention}"),
        ("optimizer: adam", "optimizer: {adam: {beta_1: 0.5}}"),
        ("optimizer: adam", "optimizer: {sgd: }"),
        ("optimizer: adam", "schedule: {exponential: 0.5}\n  early_stopping: 3"),
        (
            "optimizer: adam",
            (
                "schedule: {on_plateau: {rate: 0.5, patience: 2}}\n  early_stopping: {patience: 3,"
                " min_delta: 0.1}"
            ),
        ),
        (
            "optimizer: adam",
            (
                "schedule: cosine\n  checkpoint: {every_seconds: null, every_steps: 5}\n "
                " clip_norm: null"
            ),
        ),
        ("optimizer: adam", "learning_rate: 1"),
        ("epochs: 1", "epochs: 1\ngenerate:"),
        ("epochs: 1", "epochs: 1\ngenerate: {temperature: 1, top_k: 5, stop: '.'}"),
        ("epochs: 1", "epochs: 1\npublished: {metric: accuracy, value: 1, source: me}"),
    ],
)
def test_json_schema_accepts_short_and_long_forms(
    schema: Draft202012Validator, old: str, new: str
) -> None:
    tree = parse(with_line(old, new), "c.yaml").tree
    assert accepted(tree)
    assert complaints(schema, tree) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("embedding: 8", "embeding: 8"),
        ("epochs: 1", "epochs: 1\nextra: 1"),
        ("epochs: 1", "epoch: 1"),
        ("epochs: 1", "epochs: one"),
        ("epochs: 1", "epochs: '1'"),
        ("epochs: 1", "epochs: 1.5"),
        ("epochs: 1", "epochs: true"),
        ("epochs: 1", "epochs: 0"),
        ("epochs: 1", "epochs:"),
        ("epochs: 1", "random_seed: -1"),
        ("epochs: 1", "random_seed: 4294967296"),
        ("epochs: 1", "learning_rate: 0"),
        ("epochs: 1", "learning_rate: fast"),
        ("epochs: 1", "clip_norm: -1"),
        ("epochs: 1", "schedule: linear"),
        ("epochs: 1", "schedule: {exponential: 2}"),
        ("epochs: 1", "schedule: exponential"),
        ("epochs: 1", "schedule: {cosine: 0, constant: }"),
        ("epochs: 1", "early_stopping: 0"),
        ("epochs: 1", "checkpoint: 5"),
        ("epochs: 1", "epochs: 1\ngenerate: {temperature: -1}"),
        ("epochs: 1", "epochs: 1\ngenerate: {top_p: 1.5}"),
        ("epochs: 1", "epochs: 1\ngenerate: {stop: ''}"),
        ("optimizer: adam", "optimizer: adan"),
        ("optimizer: adam", "optimizer: {adam: {beta_3: 0.5}}"),
        ("optimizer: adam", "optimizer: {adam: {beta_1: 1}}"),
        ("optimizer: adam", "optimizer: {adam: {amsgrad: 1}}"),
        ("- lstm: 32", "- lsmt: 32"),
        ("- lstm: 32", "- lstm"),
        ("- lstm: 32", "- lstm: 0"),
        ("- lstm: 32", "- lstm: {units: 32, dropout: 1}"),
        ("- lstm: 32", "- lstm: {units: 32, activation: tahn}"),
        ("- lstm: 32", "- lstm: 32\n      gru: 32"),
        ("- lstm: 32", "- lstm: {units: 32, recurrent_initializer: {identity: big}}"),
        ("- lstm: 32", "- 32"),
        ("- lstm: 32", "- lstm: 32\n    - pool: median"),
        ("\n    - lstm: 32", " lstm"),
        ("embedding: 8", "embedding: 0"),
        ("embedding: 8", "embedding: onehot"),
        ("embedding: 8", "embedding: {dim: 8, units: 8}"),
        ("dataset: fable", "dataset: fabel"),
        ("dataset: fable", "dataset: text"),
        ("dataset: fable", "dataset: {text: {file: mine.txt}}"),
        ("dataset: fable", "dataset: fable\n  tokenizer: {bpe: 299}"),
        ("dataset: fable", "dataset: fable\n  tokenizer: {word: gone}"),
        ("dataset: fable", "dataset: {numbers: [1, two]}"),
        ("split: 0.1", "split: 1"),
        ("split: 0.1", "split: {validation: 0.1, train: 0.8}"),
        ("{language_model: {window: 3}}", "language_model"),
        ("{language_model: {window: 3}}", "{language_model: {window: 0}}"),
        ("{language_model: {window: 3}}", "{language_modle: {window: 3}}"),
        (
            "{language_model: {window: 3}}",
            "{language_model: {window: 3}, forecasting: {timesteps: 3}}",
        ),
        ("task: {language_model: {window: 3}}\n", ""),
        ("model:\n  embedding: 8\n  layers:\n    - lstm: 32\n", ""),
    ],
)
def test_json_schema_refuses_what_parse_config_refuses(
    schema: Draft202012Validator, old: str, new: str
) -> None:
    tree = parse(with_line(old, new), "c.yaml").tree
    assert not accepted(tree)
    assert complaints(schema, tree) != []


@pytest.mark.parametrize(
    "tree", [{}, [], None, "task", {"task": "my_module:MyTask", "extra": 1} | {"task": 3}]
)
def test_json_schema_refuses_other_documents(schema: Draft202012Validator, tree: Any) -> None:
    assert complaints(schema, tree) != []
    if isinstance(tree, dict):
        assert not accepted(tree)


USERS = [
    (
        "task: {language_model: 3}\ndata: {dataset: 'mine:Data'}\nmodel: {embedding: 8, layers:"
        " [lstm: 3]}\n"
    ),
    (
        "task: {language_model: 3}\ndata: {dataset: {'mine:Data': {anything: [1]}}}\nmodel:"
        " {embedding: 8, layers: [lstm: 3]}\n"
    ),
    (
        "task: {language_model: 3}\ndata: {dataset: fable}\nmodel: {embedding: 'mine:Input',"
        " layers: [lstm: 3, 'mine:Highway': tanh, 'mine:Plain']}\n"
    ),
    (
        "task: {language_model: 3}\ndata: {dataset: fable}\nmodel: {embedding: 8, layers: [lstm:"
        " 3]}\ntrain: {optimizer: {'mine:Sgd': {}}}\n"
    ),
    "task: {'mine:Task': {any: 1}}\nwhatever: {it: has}\n",
    "task: mine:Task\n",
]


@pytest.mark.parametrize("text", USERS)
def test_json_schema_accepts_a_users_own_component(schema: Draft202012Validator, text: str) -> None:
    """Only rnnkit with --code can tell whether it is right, so an editor must not complain."""
    assert complaints(schema, parse(text, "c.yaml").tree) == []


def test_json_schema_has_the_help_and_default_of_each_key(schema: Draft202012Validator) -> None:
    definitions = schema.schema["$defs"]
    train = definitions["rnnkit.training.options.Train"]["anyOf"][0]["properties"]
    assert train["epochs"] == {
        "type": "integer",
        "minimum": 1,
        "description": "passes over the training data",
        "default": 10,
    }
    assert "LSTM" not in train
    lstm = definitions["rnnkit.cells.lstm.LSTM"]
    assert lstm["description"].startswith("Gates i, f, o")
    assert {
        "type": "integer",
        "minimum": 1,
        "maximum": 65_536,
        "description": "the size of the state",
    } in lstm["anyOf"]


# Whatever a spec accepts, its part of the schema accepts: trees made from the spec's own fields, at
# their bounds, and spoilt now and then.

SPOILT = [None, True, -1, 0, 2, 0.5, 1.0, 1e9, "x", "lstm", [], [1], {}, {"x": 1}]


def a_tree(dice: Random, spec: type[Spec]) -> Any:
    """A value for a spec, in its short form or in its long one."""
    fields = spec.model_fields
    if spec.short and dice.random() < 0.5:
        return a_value(dice, fields[spec.short])
    chosen = [name for name, field in fields.items() if field.is_required() or dice.random() < 0.25]
    return {name: a_value(dice, fields[name]) for name in chosen} or dice.choice([None, {}])


def a_value(dice: Random, field: FieldInfo) -> Any:
    if dice.random() < 0.025:
        return dice.choice(SPOILT)
    return of_type(
        dice, Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    )


def of_type(dice: Random, annotation: Any) -> Any:
    metadata = getattr(annotation, "__metadata__", ())
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    component = next((item for item in metadata if isinstance(item, Component)), None)
    if component is not None:
        return a_component(dice, component, inner)
    if get_origin(inner) in (Union, types.UnionType):
        option = dice.choice(get_args(inner))
        return (
            None
            if option is type(None)
            else of_type(dice, Annotated[option, *metadata] if metadata else option)
        )
    if get_origin(inner) is list:
        return [of_type(dice, get_args(inner)[0]) for _ in range(dice.randint(1, 3))]
    if get_origin(inner) is dict:
        keys = [f"key {index}" for index in range(dice.randint(1, 3))]
        return {key: of_type(dice, get_args(inner)[1]) for key in keys}
    if get_origin(inner) is Literal:
        return dice.choice(get_args(inner))
    if isinstance(inner, type) and issubclass(inner, Spec):
        return a_tree(dice, inner)
    if inner is bool:
        return dice.random() < 0.5
    return (
        dice.choice(["loss", "a/B", "a/B c/D"]) if inner is str else a_number(dice, inner, metadata)
    )


def a_number(dice: Random, kind: type, metadata: tuple[Any, ...]) -> float:
    """A number within its bounds, often one of them."""
    bounds = {
        name: getattr(item, name)
        for item in metadata
        for name in ("ge", "gt", "le", "lt")
        if getattr(item, name, None) is not None
    }
    step = 1 if kind is int else 1e-3
    low = bounds.get("ge", bounds["gt"] + step if "gt" in bounds else bounds.get("le", 4) - 4)
    high = bounds.get("le", bounds["lt"] - step if "lt" in bounds else low + 4)
    return kind(dice.choice([low, (low + high) // 2 if kind is int else (low + high) / 2, high]))


def a_component(dice: Random, component: Component, base: type[Spec]) -> Any:
    specs = {name: lookup(component.kind, name) for name in TABLES[component.kind]}
    name = dice.choice([name for name, spec in specs.items() if issubclass(spec, base)])
    arguments = a_tree(dice, specs[name])
    if name == component.default and dice.random() < 0.5:
        return arguments
    return name if not arguments and dice.random() < 0.5 else {name: arguments}


def refusal(spec: type[Spec], tree: Any) -> str:
    try:
        spec.model_validate(tree)
    except ValidationError as error:
        return str(error)
    return ""


EXAMPLES = 24
"""Of each spec, at least: among fewer may be next to none that it accepts."""

SPECS = sorted(name for name in json_schema()["$defs"] if not name.startswith("component."))


@pytest.mark.hypothesis  # more of them by `make soak`
@pytest.mark.parametrize("name", SPECS)
def test_json_schema_accepts_whatever_a_spec_accepts(
    schema: Draft202012Validator, name: str
) -> None:
    module, _, attribute = name.rpartition(".")
    spec = getattr(importlib.import_module(module), attribute)
    part = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema.schema["$defs"]})
    refusals: list[str] = []
    seed = "" if settings().derandomize else SOAK_SEED
    for number in range(max(EXAMPLES, settings().max_examples // 2)):  # a hundred specs
        tree = a_tree(Random(f"{name} {number} {seed}"), spec)
        refusals.append(refusal(spec, tree))
        if not refusals[-1]:
            assert complaints(part, tree) == [], tree
    taken = sum(not refusal for refusal in refusals)
    # or next to nothing was compared
    assert taken >= len(refusals) / 8, [refusal for refusal in refusals if refusal]


def test_json_schema_accepts_resolved_overrides(
    schema: Draft202012Validator, tmp_path: Path
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(BASE, encoding="utf-8")
    config = load_config(
        path,
        [
            "model.layers.0.lstm.dropout=0.5",
            "train.optimizer={sgd: {momentum: 0.9}}",
            "data.tokenizer={bpe: 400}",
        ],
    )
    assert complaints(schema, parse(dump_config(config), "resolved").tree) == []
