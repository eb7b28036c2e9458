"""A trace is the answer of `predict`, and what each layer of the model did for it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.workflows.inspect.trace import TraceSelection, trace
from rnnkit.workflows.predict import predict
from tests.cli.invoke import done, invoke
from tests.helpers.forecasters import series_config, write_series
from tests.helpers.untrained import untrained_run

TASKS: dict[str, tuple[str, str, str, str, str]] = {
    # task, data set, model and its data; a text
    "window": (
        "{language_model: {window: 3}}",
        "fable",
        "{embedding: 4, layers: [lstm: 3, min_gru: 3]}",
        "",
        "had a general",
    ),
    "stream": (
        "{language_model: {stream: true, bptt: 5}}",
        "fable",
        "{embedding: 4, layers: [gru: 3]}",
        "",
        "had a general council",
    ),
    "texts": (
        "classification",
        "{labelled: {texts: {good: [one two, one three], bad: [four, five four six]}}}",
        "{embedding: 3, layers: [min_lstm: {units: 3, bidirectional: true}, pool: mean]}",
        "",
        "two three one",
    ),
    "tags": (
        "tagging",
        "{tagged: {sentences: [a/X b/Y, b/Y a/X c/X]}}",
        "{embedding: 3, layers: [simple_rnn: {units: 3, bidirectional: true}]}",
        "",
        "a b c",
    ),
    "pairs": (
        "seq2seq",
        "reverse_digits",
        "{encoder: {embedding: 3, layers: [gru: {units: 2, bidirectional: true}]},"
        " decoder: {embedding: 3, layers: [gru: 3]}, attention: multiplicative}",
        "generate: {max_new_tokens: 3}",
        "1 2 3",
    ),
    "numbers": (
        "{forecasting: {timesteps: 4}}",
        "{numbers: [1, 2, 4, 3, 5, 2, 1, 4, 3, 2, 5, 1, 2, 3, 4, 5]}",
        "{embedding: none, layers: [lstm: 3]}",
        "",
        "1, 2, 3, 4",
    ),
}


def run_of(name: str) -> str:
    task, dataset, model, further, _ = TASKS[name]
    tree = f"task: {task}\ndata: {{dataset: {dataset}, split: 0}}\nmodel: {model}\n{further}\n"
    return str(untrained_run(name, tree))


@pytest.mark.parametrize("name", TASKS)
def test_trace_answers_as_predict_does(name: str) -> None:
    run, text = run_of(name), TASKS[name][-1]
    traced, expected = trace(run, text), predict(run, text, top=5)
    told = [list(row.values()) for row in traced.answers]
    for row, other in zip(told, expected, strict=True):
        for value, wanted in zip(row, vars(other).values(), strict=True):
            assert value == (
                pytest.approx(wanted, abs=1e-5) if isinstance(value, float) else wanted
            )


@pytest.mark.parametrize("name", TASKS)
def test_trace_the_steps_of_a_layer_end_in_its_output(name: str) -> None:
    recurrent = [
        layer
        for call in trace(run_of(name), TASKS[name][-1]).calls
        for layer in call
        if layer.directions
    ]
    assert recurrent
    for layer in recurrent:
        ends = [direction.steps[-1].state[0] for direction in layer.directions]
        if len(ends) == 2 and len(layer.outputs) > 1:  # it ends at the first step
            ends[1] = layer.directions[1].steps[0].state[0]
        np.testing.assert_allclose(np.concatenate(ends), layer.values, atol=1e-5)


def test_trace_of_a_series_that_no_text_can_say() -> None:
    """With --newest, from its own newest steps; so says the message."""
    write_series(60, future=3)
    columns = "target: y, features: [x], known: [plan], categorical: [plan], time: t, cycles: [day]"
    run = str(untrained_run("series", series_config("timesteps: 6, horizon: 3", columns)))
    refused = invoke("inspect", "trace", run, "--text", "1 2 3")
    assert refused.exit_code == 2
    assert "--text: numbers alone" in refused.stderr
    assert "Write --newest instead of --text" in refused.stderr
    traced = trace(run, None, TraceSelection(backward=True))
    (layers,) = traced.calls
    (direction,) = next(layer.directions for layer in layers if layer.directions)
    assert len(direction.steps) == 6
    assert [row["step"] for row in traced.answers] == [1, 2, 3]
    assert traced.backward is not None
    assert done("inspect", "trace", run, "--newest").stdout.splitlines()[-1].split()[0] == "3"
    write_series(60)
    unknown = invoke("inspect", "trace", run, "--newest")
    assert unknown.stderr.startswith("Error: data.dataset: plan is known for 0 of the next 3 steps")


def test_trace_names_what_is_read_at_each_step() -> None:
    (layers,) = trace(run_of("texts"), "two three one").calls
    forward, backward = next(layer.directions for layer in layers if layer.directions)
    assert forward.tokens == ["two", "three", "one"]
    assert backward.tokens == ["one", "three", "two"]


def test_trace_of_some_steps_units_and_one_layer() -> None:
    shown = TraceSelection(units=range(1, 3), steps=range(1, 2), layer="min_gru")
    (layers,) = trace(run_of("window"), "had a general", shown).calls
    ((direction,),) = (layer.directions for layer in layers if layer.directions)
    assert direction.tokens == ["a"]
    assert [len(row.numbers) for row in direction.steps[0].rows if row.name == "h"] == [2]


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        (TraceSelection(layer="lstm_2"), r"--layer.*lstm_2.*Did you mean"),
        (TraceSelection(units=range(3, 5)), r"--units.*unit 3 of 3.*0 to 2"),
        (TraceSelection(steps=range(3, 9)), r"--steps.*step 3 of 3.*0 to 2"),
    ],
)
def test_trace_refuses_what_a_run_has_not(shown: TraceSelection, message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        trace(run_of("window"), "had a general", shown)


def test_inspect_trace_prints_formulas_with_their_numbers() -> None:
    run_of("window")
    words = ("inspect", "trace", "window", "--text", "had a general", "--equations")
    lines = done(*words, "--units", "0:1", "--steps", "2:3").stdout.splitlines()
    assert "  step 3  'general'" in lines
    assert any(line.strip() == "= sigmoid(f) * c' + sigmoid(i) * tanh(g)" for line in lines)
    assert any(line.strip().startswith("[0] = sigmoid(") for line in lines)
    assert lines[-6].split() == ["token", "probability"]


def test_inspect_trace_json_has_every_number() -> None:
    run_of("numbers")
    told = json.loads(done("inspect", "trace", "numbers", "--text", "1, 2, 3, 4", "--json").stdout)
    (layers,) = told["calls"]
    (direction,) = layers[-2]["directions"]
    assert [len(step["rows"][-1]["values"]) for step in direction["steps"]] == [3] * 4


@pytest.mark.parametrize("span", ["4:2", "a", "-1:2", "1:1", "1:2:3", "", "1e3", "٣"])
def test_inspect_trace_refuses_what_is_not_a_span(span: str) -> None:
    result = invoke("inspect", "trace", "--text", "a", "--units", span)
    assert result.exit_code == 2
    assert "not a span" in result.stderr
