"""What Python says of the inside of a run is what the command line prints as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnnkit
from rnnkit.errors import RnnkitError
from tests.cli.invoke import done
from tests.workflows.inspect.test_trace import TASKS, run_of


def told(verb: str, name: str, *options: str) -> Any:
    return json.loads(done("inspect", verb, run_of(name), *options, "--json").stdout)


@pytest.mark.parametrize("name", ["texts", "pairs", "numbers"])
def test_gates_has_every_value(name: str) -> None:
    text = TASKS[name][-1]
    frame = rnnkit.load_run(run_of(name)).gates(text)
    for panel in told("gates", name, "--text", text):
        own = frame[(frame.layer == panel["layer"]) & (frame.direction == panel["direction"])]
        for signal in panel["signals"]:
            values = np.array(signal["values"])
            cells = own[own.signal == signal["name"]].value.to_numpy().reshape(values.shape)
            np.testing.assert_allclose(cells, values, atol=1e-6)
        assert own[own.step == 1].token.unique().tolist() == panel["tokens"][:1]


def test_gates_of_the_newest_steps_of_a_forecaster() -> None:
    run = rnnkit.load_run(run_of("numbers"))
    assert run.gates().step.max() == 4
    assert set(run.gates(layer="lstm").kind) == {"gate", "state"}


def test_saturation_and_followed_are_those_of_the_data() -> None:
    run, found = rnnkit.load_run(run_of("window")), told("gates", "window")
    gates = [gate["mean"] for layer in found["layers"] for gate in layer["gates"]]
    assert run.saturation()["mean"].tolist() == pytest.approx(gates)
    assert run.saturation("lstm").layer.unique().tolist() == ["lstm"]
    assert run.followed().follows.tolist() == [one["follows"] for one in found["followed"]]
    assert run.saturation().attrs["rows"] == found["rows"]
    assert rnnkit.load_run(run_of("tags")).saturation().empty  # a SimpleRNN has no gates


def test_gradients_has_a_row_for_each_direction() -> None:
    frame, ((of,),) = rnnkit.load_run(run_of("texts")).gradients(), [told("gradients", "texts")]
    assert frame.direction.tolist() == [one["direction"] for one in of["layers"]]
    for left, one in zip(frame.left, of["layers"], strict=True):
        np.testing.assert_allclose(left, one["left"], rtol=1e-5)
    assert frame.verdict.tolist() == [one["verdict"] for one in of["layers"]]
    assert frame.attrs == {"part": of["part"]}


def test_memory_has_a_row_for_each_distance() -> None:
    frame, found = rnnkit.load_run(run_of("window")).memory(), told("memory", "window")
    points = {one["steps"]: one["change"] for one in found["points"]}
    assert frame.change.to_dict() == pytest.approx(points)
    assert frame.attrs["verdict"] == found["verdict"]
    assert frame.attrs["all"] == found["reach"]["all"]


def test_embeddings_and_vectors() -> None:
    run = rnnkit.load_run(run_of("window"))
    found = told("embeddings", "window", "--word", "mice", "--top", "3")
    near = run.embeddings("mice", top=3)
    assert near.token.tolist() == [one["token"] for one in found["neighbours"][0]["tokens"]]
    first, second = (run.vectors().loc[token] for token in ("mice", near.token[0]))
    cosine = first @ second / np.sqrt(first @ first) / np.sqrt(second @ second)
    assert near.cosine[0] == pytest.approx(cosine)
    pairs = run.embeddings(top=2)
    assert pairs.columns.tolist() == ["token", "other", "cosine"]
    assert pairs.attrs["chance"] == near.attrs["chance"]


BAD = [
    (lambda run: run.gates(["a"]), "^text: found"),
    (lambda run: run.gates("had a zebra"), "^text: .*zebra"),
    (lambda run: run.gates(), "^text: missing"),
    (lambda run: run.gates("had a general", layer="lstn"), "^layer: .*'lstn'.*'lstm'"),
    (lambda run: run.gates("had a general", condition="x"), "^condition: .*no condition"),
    (lambda run: run.saturation(3), "^layer: found 3"),
    (lambda run: run.followed("gru"), "^layer: .*'gru'"),
    (lambda run: run.memory(random_seed=-1), "^random_seed: found -1"),
    (lambda run: run.embeddings("zebra"), "^words: .*zebra"),
    (lambda run: run.embeddings(3), "^words: found 3"),
    (lambda run: run.embeddings(top=0), "^top: found 0"),
    (lambda run: run.vectors("nothing"), "^layer: .*nothing"),
]


@pytest.mark.parametrize(("call", "match"), BAD)
def test_a_mistake_names_the_argument(call: Any, match: str, tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match=match):
        call(rnnkit.load_run(run_of("window")))
