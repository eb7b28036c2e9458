"""Gates and states over a text, and over a run's data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.workflows.inspect.gates import GateSelection, gates
from rnnkit.workflows.inspect.gates_over_data import over_data
from rnnkit.workflows.inspect.trace import trace
from rnnkit.workflows.inspect.unit_text import unit_text
from tests.cli.invoke import done, invoke
from tests.helpers.untrained import untrained_run
from tests.workflows.inspect.test_trace import TASKS, run_of

LABELLED = """\
task: classification
data: {dataset: {labelled: {texts: {good: [GOOD], bad: [BAD]}}}, split: 0}
model: {embedding: 3, layers: [lstm: 4]}
"""


@pytest.mark.parametrize("name", TASKS)
def test_gates_are_those_of_a_trace(name: str) -> None:
    run, text = run_of(name), TASKS[name][-1]
    panels = gates(run, text)
    traced = [
        (layer.name, direction)
        for call in trace(run, text).calls
        for layer in call
        for direction in layer.directions
    ]
    assert {panel.layer for panel in panels} == {layer for layer, _ in traced}
    for panel in panels:
        own = [
            step
            for layer, direction in traced
            if layer == panel.layer and direction.name == panel.direction
            for step in direction.steps[:: -1 if direction.name == "backward" else 1]
        ]
        h = next(one for one in panel.signals if one.kind == "state")
        # a trace also has what ranks the answers
        states = [step.state[0] for step in own][: len(panel.tokens)]
        np.testing.assert_allclose(h.values, states, atol=1e-6)


@pytest.mark.parametrize("name", TASKS)
def test_over_data_counts_every_recurrent_layer(name: str) -> None:
    found = over_data(run_of(name))
    assert found.steps >= found.rows > 0
    assert found.layers
    for layer in found.layers:
        for gate in layer.gates:
            assert 0 <= gate.shut <= 1
            assert 0 <= gate.open <= 1 - gate.shut
    assert all(np.isfinite(one.score) for one in found.followed)


def test_over_data_finds_the_unit_that_tells_labels_apart() -> None:
    good = ", ".join(f"fine {'film ' * (n % 5)}day" for n in range(60))
    bad = ", ".join(f"dull {'film ' * (n % 5)}day" for n in range(60))
    tree = LABELLED.replace("GOOD", good).replace("BAD", bad)
    (one,) = over_data(str(untrained_run("judge", tree))).followed
    assert (one.layer, one.measure, one.follows) == ("lstm", "AUC", "label 'good'")
    assert abs(one.score - 0.5) > 0.4


def test_over_data_of_windows_names_places_in_the_text() -> None:
    assert "position in the sentence" in {
        one.follows for one in over_data(run_of("window")).followed
    }


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        (GateSelection(layer="lstn"), r"--layer.*Did you mean 'lstm'"),
        (GateSelection(units=range(3, 4)), r"--units.*unit 3 of 3.*0 to 2"),
    ],
)
def test_gates_refuse_what_a_run_has_not(shown: GateSelection, message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        gates(run_of("window"), "had a general", shown)


def test_gates_of_a_layer_without_gates() -> None:
    run, text = run_of("tags"), "a b c"
    result = done("inspect", "gates", run, "--text", text)
    assert "no gates" in result.stdout
    refused = invoke("inspect", "gates", run, "--text", text, "--only", "gates")
    assert refused.exit_code == 2
    assert "--only: simple_rnn without gates" in refused.stderr


def test_unit_text_counts_the_backward_half_as_the_layers_output_does() -> None:
    run, text = run_of("texts"), "two three one"
    backward = unit_text(run, text, 4)
    (layers,) = trace(run, text).calls
    outputs = next(layer for layer in layers if layer.directions).directions[1]
    np.testing.assert_allclose(
        backward.values, [step.state[0][1] for step in outputs.steps[::-1]], atol=1e-6
    )
    with pytest.raises(RnnkitError, match=r"--unit: unit 6 of 6.*0 to 5"):
        unit_text(run, text, 6)


def test_unit_text_of_subwords_is_the_text() -> None:
    tree = (
        "task: {language_model: {stream: true}}\n"
        "data: {dataset: fable, tokenizer: {bpe: 300}, split: 0}\n"
        "model: {embedding: 3, layers: [gru: 2]}\n"
    )
    run = str(untrained_run("subwords", tree))
    assert "".join(unit_text(run, "had a general", 1).spaced) == "had a general"


def test_gates_of_numbers_need_no_text() -> None:
    run = run_of("numbers")
    assert len(gates(run, None)[0].tokens) == 4
    with pytest.raises(RnnkitError, match=r"--newest.*forecasts"):
        gates(run_of("window"), None)


def test_inspect_gates_draws_maps_and_writes_a_page(tmp_path: Path) -> None:
    run, picture, page = run_of("texts"), tmp_path / "g.png", tmp_path / "u.html"
    words = ("inspect", "gates", run, "--text", "two three one")
    told = json.loads(done(*words, "-o", str(picture), "--units", "0:2", "--json").stdout)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert np.shape(told[0]["signals"][0]["values"]) == (3, 2)
    lines = done(*words, "--unit", "4", "--html", str(page)).stdout.splitlines()
    assert lines[1] == "two three one "
    assert lines[2].split() == ["token", "state"]
    assert "three" in page.read_text("utf-8")


def test_inspect_gates_colours_what_standard_input_holds() -> None:
    words = ("inspect", "gates", run_of("texts"), "--text", "-", "--unit", "1")
    assert invoke(*words, stdin="two three").stdout.splitlines()[1] == "two three "


def test_inspect_gates_reads_without_colours() -> None:
    lines = done(
        "inspect", "gates", run_of("window"), "--text", "had a general"
    ).stdout.splitlines()
    assert lines[2].split()[0] == "had"
    assert set(lines[2].split()[1]) <= set("0123456789")


@pytest.mark.parametrize(
    "words",
    [
        ("--unit", "1"),
        ("--only", "gates"),
        ("--units", "0:2"),
        ("-o", "g.png"),
        ("--newest", "--unit", "1"),
        ("--text", "a", "--html", "u.html"),
        ("--text", "a", "--newest"),
        ("--text", "a", "--unit", "1", "-o", "g.png"),
        ("--text", "a", "--unit", "-1"),
    ],
)
def test_inspect_gates_refuses_options_that_do_nothing(words: tuple[str, ...]) -> None:
    assert invoke("inspect", "gates", *words).exit_code == 2
