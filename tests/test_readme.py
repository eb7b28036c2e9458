"""README says what is so: verbs, options, configs, variables, files, and the code that it shows."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from rnnkit import api
from rnnkit.cli import main
from rnnkit.config import load_config, parse_config, shipped_configs
from rnnkit.tasks.prepared import Source
from tests.cli.invoke import done
from tests.conftest import REPO

README = (REPO / "README.md").read_text(encoding="utf-8")
BLOCKS = [
    (kind, text)
    for kind, text in re.findall(r"^```(\w*)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
]
PROSE = re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE)
SPANS = re.findall(r"`([^`\n]+)`", PROSE)


def block(kind: str, beginning: str) -> str:
    (text,) = [text for other, text in BLOCKS if other == kind and text.startswith(beginning)]
    return text


def section(title: str) -> str:
    """The text below a heading."""
    _, text = README.split(f"\n## {title}", 1)
    return text.split("\n## ", 1)[0]


VERBS = block("", "rnnkit train CONFIG").splitlines()


def usage(line: str) -> tuple[str, str]:
    """What is typed and what is said about it."""
    typed, about = re.split(r"  +", line, maxsplit=1)
    return typed.removeprefix("rnnkit "), about


# The verbs.


def test_readme_names_every_verb() -> None:
    assert {usage(line)[0].split()[0] for line in VERBS} == set(main.commands)


@pytest.mark.parametrize("line", VERBS)
def test_readme_verbs_and_options_exist(line: str) -> None:
    typed, about = usage(line)
    words = typed.split()
    command: Any = main.commands[words[0]]
    if isinstance(command, click.Group):
        for verb in re.findall(r"[a-z]+", words[1]):
            assert verb in command.commands
            assert done(words[0], verb, "--help").stdout.startswith(
                f"Usage: rnnkit {words[0]} {verb}"
            )
        if "|" in words[1]:  # all of them
            assert set(words[1].split("|")) == set(command.commands)
    else:
        text = done(words[0], "--help").stdout
        options = re.findall(r"--[a-z-]+", line)
        assert [
            option for option in options if not re.search(rf"^ +{option}\b", text, re.MULTILINE)
        ] == []
        for option, choices in re.findall(r"(--[a-z-]+) ([a-z]+(?:\|[a-z]+)+)", about):
            (parameter,) = [parameter for parameter in command.params if option in parameter.opts]
            assert list(parameter.type.choices) == choices.split("|")
        assert ("[RUN]" in typed) == ("[RUN]" in text.splitlines()[0])


def commands() -> list[str]:
    """Every call of rnnkit that README shows with its arguments."""
    lines = [
        line.removeprefix("$ ")
        for kind, text in BLOCKS
        if not kind
        for line in text.splitlines()
        if line not in VERBS
    ]
    calls = [line.removeprefix("time ") for line in [*lines, *SPANS]]
    return [re.split(r" [>|] ", call)[0] for call in calls if call.startswith("rnnkit ")]


@pytest.mark.parametrize("call", commands())
def test_readme_commands_are_valid(call: str, tmp_path: Path) -> None:
    (tmp_path / "my_layers.py").write_text("")
    words = shlex.split(call)[1:]
    command: Any = main
    while isinstance(command, click.Group):
        if words == ["--help"]:
            return
        command = command.commands[words.pop(0)]
    context = command.make_context("rnnkit", words)  # what click refuses is raised here
    sys.modules.pop("my_layers", None)
    name = context.params.get("config")
    if name not in (None, "my.yaml", "NAME"):
        assert name in shipped_configs() or name in {
            f"configs/{path.name}" for path in shipped_configs().values()
        }


def test_readme_has_commands_to_test() -> None:
    assert {
        "rnnkit train configs/fable.yaml",
        'rnnkit generate --seed "had a general"',
        "rnnkit config new language_model",
    } <= set(commands())


# The demo.


def test_readme_demo_prints_what_fable_has() -> None:
    shown = block("", "$ rnnkit train configs/fable.yaml")
    config = load_config(shipped_configs()["fable"])
    data = config.prepare(Source())
    architecture = config.network(data.codec).architecture
    lines = shown.splitlines()
    assert lines[2:3] == data.notes
    assert lines[3] == f"{sum(layer.parameters or 0 for layer in architecture.layers):,} parameters"
    assert re.search(rf"^100/{config.train.epochs} ", shown, re.MULTILINE)
    assert f"published                        {config.published.value:.2%}" in shown
    assert config.published.source in shown


# Configs.


def test_readme_config_is_valid() -> None:
    config = parse_config(block("yaml", "task: {language_model"), "README.md")
    assert config.model.layers[1].units == 128
    assert config.generate.temperature == 0.8


@pytest.mark.parametrize(
    ("shown", "instead"),
    [
        ("fable  ", "alice"),
        ("fable  ", "{text: my_text.txt}"),
        ("fable  ", '{inline: "give me new sample"}'),
        ("{word: {punctuation: separate, lowercase: true}}", "char"),
        ("{word: {punctuation: separate, lowercase: true}}", "{bpe: 1000}"),
        ("64  ", "{dim: 64}"),
        ("64  ", "one_hot"),
        ("lstm: 128  ", "lstm: {units: 128}"),
    ],
)
def test_readme_config_alternatives_are_valid(shown: str, instead: str) -> None:
    text = block("yaml", "task: {language_model")
    assert text.count(shown) == 1
    assert instead in text.replace(shown, "")
    parse_config(text.replace(shown, f"{instead} "), "README.md")


def test_readme_overrides_are_valid() -> None:
    (call,) = [span for span in SPANS if "train.optimizer={" in span]
    words = call.removeprefix("rnnkit train fable ").split(" ", 1)
    config = load_config(shipped_configs()["fable"], words)
    assert config.model.layers[0].units == 64
    assert config.train.optimizer.momentum == 0.9


@pytest.mark.parametrize("name", re.findall(r"^\| `(\w+)` \(", README, re.MULTILINE))
def test_readme_figures_are_of_shipped_configs(name: str) -> None:
    (described,) = re.findall(rf"^\| `{name}` \((.*?)\) \|", README, re.MULTILINE)
    model = load_config(shipped_configs()[name]).model
    lists = (
        [model.layers] if hasattr(model, "layers") else [model.encoder.layers, model.decoder.layers]
    )
    layers = [
        (type(layer).__name__, getattr(layer, "units", None))
        for layers in lists
        for layer in layers
    ]
    for kind, units in re.findall(r"(\w+)\((\d+)\)", described):
        assert (kind, int(units)) in layers


# Variables, files and make.


def test_readme_names_exactly_the_environment_variables_in_use() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (REPO / "rnnkit").rglob("*.py"))
    named = set(re.findall(r"\bRNNKIT_[A-Z_]+", README))
    assert named - {"RNNKIT_TEST_DATA"} == set(re.findall(r"\bRNNKIT_[A-Z_]+", sources))
    assert '"RNNKIT_TEST_DATA"' in (REPO / "tests" / "conftest.py").read_text(encoding="utf-8")


def test_readme_make_targets_exist() -> None:
    targets = set(
        re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {span.removeprefix("make ") for span in SPANS if span.startswith("make ")} | {"demo"}
    assert "make demo" in block("", "git clone")
    assert named >= {"demo", "test", "check", "smoke"}
    assert named <= targets


def test_readme_files_of_the_project_exist() -> None:
    named = {span for span in SPANS if re.fullmatch(r"[\w/]+(?:\.py|\.txt|/)", span)} - {
        "checkpoints/",
        "samples/",
        "tensorboard/",
    }
    assert {"scripts/constraints.txt", "rnnkit/cells/simple_rnn.py"} <= named
    assert [
        name
        for name in named
        if not (REPO / name).exists() and not (REPO / "rnnkit" / name).exists()
    ] == []


# The run folder.


def documented() -> set[str]:
    rows = re.findall(r"^\| (`.*?) \|", section("The run folder"), re.MULTILINE)
    return {name.rstrip("/") for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_readme_lists_the_files_of_a_run_folder(fable_run: Path, runs: Path) -> None:
    forecaster = api.train("toy_two_steps", smoke=True).folder.path
    # of tasks that neither run is of
    others = {"labels.json", "source_tokenizer.json", "lengths.json", "confusion-*.png"}
    assert {path.name for path in fable_run.iterdir()} - {".lock"} == documented() - others - {
        "scaler.json"
    }
    assert {path.name for path in forecaster.iterdir()} - {".lock"} == documented() - others - {
        "tokenizer.json"
    }
    assert f"(format {api.load_run(str(fable_run)).folder.load_manifest()['format']})" in README


def test_readme_four_files_of_a_run_answer_alone(fable_run: Path, runs: Path) -> None:
    run = runs / "copied"
    run.mkdir(parents=True)
    for name in ("config.yaml", "tokenizer.json", "weights.npz", "manifest.json"):
        shutil.copy(fable_run / name, run / name)
    assert (
        done("generate", "copied", "--seed", "had a general", "--max-new-tokens", 1).stdout
        == "had a general council\n"
    )
    assert api.load_run("copied").model.count_params() > 0


# Python.


def test_readme_python_runs(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As it stands, but `fable` here is a file of that name, with a smaller model."""
    (tmp_path / "fable").write_text(
        "task: {language_model: 3}\ndata: {dataset: fable, split: 0}\nmodel: {embedding: 4, layers:"
        " [simple_rnn: 4]}\ntrain: {epochs: 1}\n"
    )
    scope: dict[str, Any] = {}
    code = block("python", "import rnnkit")
    exec(code, scope)
    run = scope["run"]
    assert run.folder.path == runs / "fable"
    lines = [line.split("#")[0].strip() for line in code.splitlines()]
    assert eval(lines[3], scope).startswith("had a general ")
    assert type(eval(lines[4], scope)).__module__.startswith("keras")
    assert [evaluation.part for evaluation in eval(lines[5], scope)] == ["train"]
    guesses = eval(lines[6], scope)
    assert len(guesses) == 5
    assert ((guesses.probability > 0) & (guesses.probability < 1)).all()


def test_readme_layer_is_tested() -> None:
    """tests/workflows/test_code.py takes it from here."""
    code = block("python", "# my_layers.py")
    config = block("yaml", "layers:")
    names = {span for span in SPANS if span.startswith("my_layers")} | set(
        re.findall(r"my_layers:\w+", config)
    )
    assert names == {"my_layers:Highway"}
    assert "class Highway(LayerSpec)" in code
