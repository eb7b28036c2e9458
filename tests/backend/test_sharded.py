"""The steps of several devices do what the step of one does, whatever the model: on two devices of
one process, which XLA makes of a processor.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.ranks import furthest, trained
from tests.workflows.test_kills import TASKS, write_data

pytestmark = pytest.mark.soak

TWO = "--xla_force_host_platform_device_count=2"
FURTHER = {
    "ragged, both directions, words": """
task: {tagging: {}}
data: {dataset: {tagged_lines: DATA/tagged.txt}, split: {validation: 0.2}}
model: {embedding: 4, layers: [{lstm: {units: 4, bidirectional: true, dropout: 0.3}}]}
train: {epochs: 2, batch_size: 5}
""",
    "stream, dropped weights": """
task: {language_model: {stream: true, bptt: 8}}
data: {dataset: fable}
model: {embedding: 4, layers: [{lstm: {units: 4, weight_drop: 0.5}}, {dropout: 0.3}]}
train: {epochs: 2, batch_size: 3, clip_norm: 0.1}
""",
    "rows of a table": """
task: {language_model: {window: 3}}
data: {dataset: fable}
model: {embedding: 4, layers: [{gru: {units: 4, recurrent_dropout: 0.2}}]}
train: {epochs: 2, batch_size: 7, optimizer: {adam: {lazy: true}}}
""",
    "regularised, averaged": """
task: {language_model: {window: 3}}
data: {dataset: fable}
model: {embedding: 4, layers: [{lstm: {units: 4, activation_l2: 0.1, slowness_l2: 0.1}}]}
train: {epochs: 2, batch_size: 7, average: 0.9, clip_value: 0.01}
""",
}


@pytest.mark.parametrize("name", [*TASKS, *FURTHER])
def test_two_devices_do_what_one_does(name: str, tmp_path: Path) -> None:
    write_data(tmp_path / "data")
    text = {**TASKS, **FURTHER}[name].replace("DATA", str(tmp_path / "data"))
    config = tmp_path / "tiny.yaml"
    config.write_text(text)
    for devices in ("one", "two"):
        flags = TWO if devices == "two" else ""
        trained(config, XLA_FLAGS=flags, RNNKIT_RUNS=str(tmp_path / devices))
    assert furthest(tmp_path / "one" / "tiny", tmp_path / "two" / "tiny") < 1e-6
