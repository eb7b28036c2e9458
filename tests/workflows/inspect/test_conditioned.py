"""What is looked into of a model whose text stands after a condition."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnnkit
from rnnkit.models.build import build_model, set_weights
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import About
from rnnkit.workflows.inspect.explain import explain
from rnnkit.workflows.inspect.gates import gates
from rnnkit.workflows.inspect.trace import TraceSelection, trace
from rnnkit.workflows.trained import open_run
from tests.cli.invoke import done
from tests.helpers.untrained import untrained_run

RUNS = {
    "label": (
        "{labelled: {texts: {x: [abba, bab], y: [caca, aca]}}}",
        "{embedding: 3, layers: [gru: 3, lstm: 2]}",
        "y",
        [0.0, 1.0],
    ),
    "features": (
        "{jsonl: {path: captions.jsonl, features: image}}",
        "{embedding: 3, layers: [peephole_lstm: 3]}",
        "3 1",
        [1.0, -1.0],  # mean 2 and deviation 1 of both
    ),
}
CAPTIONS = [("abba", [1, 1]), ("caca", [3, 3])]


@cache
def run_of(name: str) -> str:
    dataset, model, *_ = RUNS[name]
    lines = [json.dumps({"text": text, "image": image}) for text, image in CAPTIONS]
    Path("captions.jsonl").write_text("\n".join(lines) + "\n")
    tree = f"task: {{language_model: {{condition: {name}}}}}\nmodel: {model}\n"
    return str(
        untrained_run(name, f"{tree}data: {{dataset: {dataset}, tokenizer: char, split: 0}}\n")
    )


@cache
def keras_of(name: str) -> Any:
    """Built once: its weights are set anew each time."""
    return build_model(open_run(RunFolder(Path(run_of(name))))[2])


def by_keras(name: str, text: str) -> dict[str, float]:
    """The probability of each next token, as keras computes it."""
    _, codec, architecture, weights = open_run(RunFolder(Path(run_of(name))))
    condition = np.array([RUNS[name][-1]], np.float32)
    token_ids = np.array([[codec.ends[0], *codec.tokenizer.encode(text)]], np.int32)
    model = keras_of(name)
    set_weights(model, architecture, weights)
    logits = np.asarray(model([token_ids, condition]))[0, -1]
    shares = np.exp(logits) / np.exp(logits).sum()
    return dict(zip(codec.tokenizer.vocabulary, shares.tolist(), strict=True))


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("text", ["", "ab"])
def test_trace_answers_as_keras_does(name: str, text: str) -> None:
    traced = trace(run_of(name), text, top=99, condition=RUNS[name][2])
    told = {str(row["token"]): row["probability"] for row in traced.answers}
    assert told == pytest.approx(by_keras(name, text), abs=1e-5)


def test_trace_begins_with_what_the_states_are_computed_from() -> None:
    weights = open_run(RunFolder(Path(run_of("label"))))[3]
    (layers,) = trace(run_of("label"), "ab", condition="y").calls
    first = layers[0]
    assert (first.name, first.inputs, first.outputs) == ("condition", (2,), (7,))
    expected = [
        np.tanh(weights[f"condition/{n}/kernel"][1] + weights[f"condition/{n}/bias"])
        for n in range(3)
    ]
    np.testing.assert_allclose(first.values, np.concatenate(expected), atol=1e-6)
    (gru,) = (layer.directions[0] for layer in layers if layer.name == "gru")
    assert gru.tokens == ["<start>", "a", "b"]


@pytest.mark.parametrize("name", RUNS)
def test_backward_is_the_slope_of_the_loss_that_keras_has(name: str) -> None:
    shown = TraceSelection(backward=True, target="c")
    found = trace(run_of(name), "ab", shown, condition=RUNS[name][2]).backward
    assert found is not None
    assert found.loss == pytest.approx(-math.log(by_keras(name, "ab")["c"]), abs=1e-5)
    gradient = next(one for one in found.weights if one.name == "condition/0/kernel")
    run = RunFolder(Path(run_of(name)))
    before, size = open_run(run)[3], 1e-2
    moved = before | {gradient.name: before[gradient.name] - size * gradient.values}
    run.save_weights(moved, {"task": "x"})
    after = -math.log(by_keras(name, "ab")["c"])
    run.save_weights(before, {"task": "x"})
    assert after - found.loss == pytest.approx(-size * gradient.norm**2, rel=0.05)


def test_gates_begin_from_the_condition() -> None:
    run = run_of("label")
    one, other = (
        {panel.place: panel.signals[-1].values for panel in gates(run, "ab", condition=condition)}
        for condition in ("x", "y")
    )
    traced = trace(run, "ab", condition="x").calls[0]
    for layer in (layer for layer in traced if layer.directions):
        states = [step.state[-1] for step in layer.directions[0].steps]
        np.testing.assert_allclose(one[layer.name], states, atol=1e-6)
        assert np.abs(one[layer.name] - other[layer.name]).max() > 1e-3


@pytest.mark.parametrize("name", RUNS)
def test_explain_says_what_keras_answers_without_each_token(name: str) -> None:
    (one,) = explain(run_of(name), "abb", About("c"), condition=RUNS[name][2])
    assert one.probability == pytest.approx(by_keras(name, "abb")["c"], abs=1e-5)
    assert [part.part for part in one.parts] == ["a", "b", "b"]
    for part, rest in zip(one.parts, ("bb", "ab", "ab"), strict=True):
        assert part.without == pytest.approx(by_keras(name, rest)["c"], abs=1e-5)
    (whole,) = explain(
        run_of(name), "abb", About("c"), condition=RUNS[name][2], method="integrated"
    )
    assert whole.start is not None
    total = sum(part.contribution for part in whole.parts)
    assert total == pytest.approx(whole.score - whole.start, abs=1e-3)


def test_inspect_takes_a_condition_on_the_command_line_and_in_python() -> None:
    run = run_of("label")
    asked = ("--condition", "y")
    assert done("inspect", "trace", run, *asked).stdout.startswith("condition (condition) 2 -> 7")
    assert "'<start>'" in done("inspect", "trace", run, *asked).stdout
    assert (
        "  = tanh(condition W + b)" in done("inspect", "trace", run, *asked, "--equations").stdout
    )
    coloured = done("inspect", "gates", run, *asked, "--text", "ab", "--unit", "1").stdout
    assert coloured.splitlines()[1] == "<start>ab"  # characters, without spaces between them
    assert coloured.splitlines()[2].split() == ["token", "state"]
    told = json.loads(done("inspect", "explain", run, *asked, "--text", "ab", "--json").stdout)
    opened = rnnkit.load_run(run)
    frame = opened.explain("ab", condition="y")
    assert frame.contribution.tolist() == [part["contribution"] for part in told[0]["parts"]]
    read = opened.gates("ab", condition="y", layer="gru")
    assert read[read.unit == 0].token.unique().tolist() == ["<start>", "a", "b"]
    with pytest.raises(rnnkit.RnnkitError, match=r"^data: .*'q'"):
        opened.explain("q", condition="y")
    with pytest.raises(rnnkit.RnnkitError, match=r"^condition: missing"):
        opened.explain("ab")
