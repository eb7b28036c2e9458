"""What a model costs, against products that are counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit.bench.operations import moved, operations
from rnnkit.bench.plain import plain
from rnnkit.tasks.task import load_task
from tests.bench.test_rows import TEXTS
from tests.helpers.paired import seq2seq

GRU = 3 * 3 * 3 + 3 * 3 * 3  # 3 features, 3 units: both kernels
LSTM = 4 * 3 * 4 + 4 * 4 * 4  # 3 features, 4 units


def test_operations_of_a_classifier() -> None:
    model = plain(load_task(TEXTS), steps=2)
    assert model.operations() == 12 * (6 * 2 * (4 * 12 + 3 * 12) + 2 * 3)


def test_operations_and_bytes_of_an_encoder_decoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = plain(seq2seq(attention="multiplicative"), steps=2)
    architecture, vocabulary = model.architecture, model.architecture.output_shape[-1] or 0
    output, keys, condition = (6 + 4) * 4, 6 * 4, 2 * 6 * 4
    source = 5 * 2 * (2 * GRU + keys)
    target = 7 * 2 * (LSTM + output + 4 * vocabulary)
    scores = 7 * 5 * 2 * (4 + 6)
    counted = operations(architecture, rows=2, steps=7, source_steps=5)
    assert counted == 2 * (source + target + scores + 2 * condition)
    per_token = LSTM + output + 4 * vocabulary
    assert moved(architecture, 10) == 4 * (10 * per_token + 2 * GRU + keys + condition)
