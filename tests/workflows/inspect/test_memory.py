"""How far back an input counts, of models whose reach is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rnnkit.engine.forward import Engine
from rnnkit.models.activations import softmax
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.inspect.drawn_probes import probes
from rnnkit.workflows.inspect.memory import memory
from rnnkit.workflows.inspect.probes import Probe
from rnnkit.workflows.trained import find_trained, open_run
from tests.cli.invoke import done
from tests.helpers.untrained import untrained_run
from tests.workflows.inspect.test_trace import TASKS, run_of

SENTENCES = ", ".join("a/X b/Y c/X b/Y a/X d/Y c/X" for _ in range(6))
CONVOLVED = f"""\
task: {{tagging: {{crf: CRF}}}}
data: {{dataset: {{tagged: {{sentences: [{SENTENCES}]}}}}, split: 0}}
model: {{embedding: 4, layers: [{{conv: {{filters: 5}}}}, {{conv: {{filters: 5}}}}]}}
"""
LAST = """\
task: classification
data: {dataset: {labelled: {texts: {good: [a b c d, b c d a], bad: [c d a b, d a b c]}}}, split: 0}
model: {embedding: 4, layers: [{conv: {filters: 5, width: 3}}, {pool: last}]}
"""


def first_probe(run: str) -> Probe:
    task, codec, architecture, weights = open_run(find_trained(run))
    data = task.prepare(Source(), codec)
    predictor = task.predictor(codec, Engine(architecture, weights))
    return next(probes(architecture, weights, codec, predictor, data.parts[data.watched]))


def changes(run: str) -> dict[int, float]:
    return {one.steps: one.change for one in memory(run).points}


def test_memory_of_a_window_ends_with_it() -> None:
    found = memory(run_of("window"))
    by_distance = {one.steps: one.change for one in found.points}
    assert max(by_distance) == 5
    assert min(by_distance[steps] for steps in range(3)) > 1e-3
    assert [by_distance[steps] for steps in range(3, 6)] == [0, 0, 0]
    assert found.reach.all == 3


def test_memory_of_convolutions_is_their_receptive_field() -> None:
    run = str(untrained_run("convolved", CONVOLVED.replace("CRF", "false")))
    found = changes(run)
    assert {steps for steps, change in found.items() if change > 0} == {-2, -1, 0, 1, 2}
    assert {-3, 3} <= set(found)


def test_memory_of_a_conditional_random_field_goes_further() -> None:
    run = str(untrained_run("joined", CONVOLVED.replace("CRF", "true")))
    assert min(changes(run).values()) > 0


def test_memory_of_a_text_is_counted_from_its_end() -> None:
    found = changes(str(untrained_run("last", LAST)))
    assert {steps for steps, change in found.items() if change > 0} == {0, 1}


def test_a_stream_is_answered_as_from_its_beginning() -> None:
    run = run_of("stream")
    _, _, architecture, weights = open_run(find_trained(run))
    model, probe = Engine(architecture, weights), first_probe(run)
    length = probe.inputs.shape[1]
    for place in (length - 1, length // 2, length - 3, 0):
        changed = probe.inputs.copy()
        changed[:, place] = 1
        logits, _ = model.step(changed, model.init_state(len(changed)))
        np.testing.assert_allclose(probe.answers(changed, place), softmax(logits[:, -1]), atol=1e-6)


def test_a_forecast_changes_as_if_the_series_were_another() -> None:
    run = run_of("numbers")
    task, codec, architecture, weights = open_run(find_trained(run))
    part = task.prepare(Source(), codec).parts["train"]
    predictor = task.predictor(codec, Engine(architecture, weights))
    probe = first_probe(run)
    changed = probe.inputs.copy()
    changed[0, 1] = 9.0
    values = part.values.copy()
    origin = int(np.sort(part.origins)[0])
    values[origin - 4 + 1] = 9.0
    other = predictor.forecast_windows(predictor.outputs, values, np.array([origin]), 1)
    np.testing.assert_allclose(probe.answers(changed, 0)[0], other[0, :, 0, 0], rtol=1e-5)


@pytest.mark.parametrize("name", TASKS)
def test_memory_of_every_task(name: str) -> None:
    found = memory(run_of(name))
    assert found.rows > 0
    assert all(np.isfinite(one.change) and one.change >= 0 for one in found.points)
    assert found.verdict


def test_inspect_memory_prints_draws_and_writes(tmp_path: Path) -> None:
    run, picture = run_of("window"), tmp_path / "m.png"
    told = json.loads(done("inspect", "memory", run, "-o", str(picture), "--json").stdout)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert told["reach"]["all"] == 3
    lines = done("inspect", "memory", run).stdout.splitlines()
    assert lines[1].split()[:3] == ["tokens", "back", "change"]
    assert lines[-1].endswith("none beyond the last 3 tokens.")
