"""A tagger's network: the sums of a batch by their equations, and its input layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnkit.engine.crf import decode
from rnnkit.tasks.prepared import Source
from tests.engine.test_crf import random_potentials
from tests.helpers.tagged import PLAIN, small

pytestmark = pytest.mark.backend


def sums_of(crf: bool, *arrays: np.ndarray, weights: str = "none") -> dict[str, float]:
    from keras import ops

    settings = f"{{crf: {str(crf).lower()}, class_weight: {weights}}}"
    task = small(PLAIN, ("task: tagging", f"task: {{tagging: {settings}}}"))
    objective = task.network(task.prepare(Source()).codec).objective()
    sums: dict[str, Any] = objective(*map(ops.convert_to_tensor, arrays))
    return {name: float(value) for name, value in sums.items()}


def test_objective_of_steps_by_the_equation() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(3, 5, 3)).astype(np.float32)
    targets = generator.integers(0, 3, (3, 5)).astype(np.int32)
    weights = (np.arange(5) < np.array([[5], [2], [0]])).astype(np.float32)
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    nats = -np.log(np.take_along_axis(shares, targets[..., None], axis=-1)[..., 0])
    expected = {
        "loss": (nats * weights).sum(),
        "weight": 7.0,
        "correct": ((logits.argmax(axis=-1) == targets) * weights).sum(),
    }
    assert sums_of(False, logits, targets, weights) == pytest.approx(expected, rel=1e-5)
    (first, *_) = small(PLAIN).prepare(Source()).codec.labels.names
    counted = weights * np.where(targets == 0, 3, 1)
    weighed = {"loss": (nats * counted).sum(), "weight": counted.sum(), "steps": 7.0}
    weighted_sums = sums_of(False, logits, targets, weights, weights=f"{{{first}: 3}}")
    assert weighted_sums == pytest.approx(expected | weighed, rel=1e-5)


def test_objective_of_a_chain_counts_tokens_and_the_best_labels() -> None:
    """The loss itself is tested in tests/models/test_crf.py."""
    potentials, lengths = random_potentials(1, 2, 5, 3), np.array([5, 3])
    targets = np.zeros((2, 5), np.int32)
    for row, (labels, _) in enumerate(decode(potentials, lengths)):
        targets[row, : lengths[row]] = labels
    targets[0, 2] = (targets[0, 2] + 1) % 3
    weights = (np.arange(5) < lengths[:, None]).astype(np.float32)
    sums = sums_of(True, potentials, targets, weights)
    assert (sums["weight"], sums["correct"]) == (8.0, 7.0)
    assert sums["loss"] > 0


@pytest.mark.parametrize(
    ("embedding", "inputs"),
    [
        ("3", (None,)),
        ("one_hot", (None,)),
        ("{words: {dim: 3, characters: {length: 4, layers: [{lstm: 2}]}}}", (None, 5)),
    ],
)
def test_architecture_of_whatever_reads_tokens(
    embedding: str, inputs: tuple[int | None, ...]
) -> None:
    task = small(PLAIN, ("embedding: 3", f"embedding: {embedding}"))
    architecture = task.network(task.prepare(Source()).codec).architecture
    assert architecture.input_shape == inputs
