"""A classifier's loss against its equations in NumPy, and its sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.config import load_config, shipped_configs
from rnnkit.data.encode.labels import Labels
from rnnkit.tasks.classification.network import ClassificationNetwork, resolve_layers
from rnnkit.tasks.classification.task import Classification
from rnnkit.tasks.prepared import Source
from tests.helpers.classified import small

WEIGHT_POWERS = {"none": 0.0, "sqrt": 0.5, "balanced": 1.0}


def network_of(labels: Labels, class_weight: str = "none") -> ClassificationNetwork:
    weighted = f"task: {{classification: {{class_weight: {class_weight}}}}}"
    task = small(("task: classification", weighted))
    return task.network(task.prepare(Source()).codec.with_labels(labels))


def sums_of(
    labels: Labels, class_weight: str, outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray
) -> dict[str, float]:
    from keras import ops

    tensors = map(ops.convert_to_tensor, (outputs, targets, weights))
    sums = network_of(labels, class_weight).objective()(*tensors)
    return {name: float(np.asarray(value)) for name, value in sums.items()}


@pytest.mark.backend
@pytest.mark.parametrize("class_weight", WEIGHT_POWERS)
@pytest.mark.parametrize("count", [2, 4])
@settings(max_examples=8, deadline=None)
@given(random_seed=st.integers(0, 2**32 - 1))
def test_objective_of_one_label(count: int, class_weight: str, random_seed: int) -> None:
    """Negative log of the true label's probability: a sigmoid tells two apart, a softmax more."""
    generator = np.random.default_rng(random_seed)
    counts = generator.integers(1, 50, count)
    labels = Labels(tuple("abcd"[:count]), tuple(counts.tolist()), int(counts.sum()))
    targets = generator.integers(0, count, 6).astype(np.int32)
    outputs = (3 * generator.normal(size=(6, labels.outputs))).astype(np.float32)
    weights = np.array([1, 1, 2.5, 0.5, 0, 0], np.float32)  # the last two rows pad the batch
    if count == 2:
        second = 1 / (1 + np.exp(-outputs[:, 0].astype(np.float64)))
        probabilities = np.stack([1 - second, second], axis=1)
    else:
        odds = np.exp(outputs.astype(np.float64))
        probabilities = odds / odds.sum(axis=1, keepdims=True)
    nats = -np.log(probabilities[np.arange(6), targets])
    of_label = (counts.sum() / (count * counts)) ** WEIGHT_POWERS[class_weight]
    counted = weights * of_label[targets]
    assert sums_of(labels, class_weight, outputs, targets, weights) == pytest.approx(
        {
            "loss": (nats * counted).sum(),
            "weight": counted.sum(),
            "correct": ((probabilities.argmax(axis=1) == targets) & (weights > 0)).sum(),
            "texts": 4,
        },
        rel=1e-4,
        abs=1e-6,
    )


@pytest.mark.backend
@pytest.mark.parametrize("class_weight", WEIGHT_POWERS)
@pytest.mark.parametrize("count", [1, 3])
@settings(max_examples=8, deadline=None)
@given(random_seed=st.integers(0, 2**32 - 1))
def test_objective_of_several_labels(count: int, class_weight: str, random_seed: int) -> None:
    """The mean over the labels of each one's binary cross-entropy."""
    generator = np.random.default_rng(random_seed)
    counts, texts = generator.integers(1, 50, count), 60
    names, halves = tuple("abc"[:count]), (0.5,) * count
    labels = Labels(names, tuple(counts.tolist()), texts, several=True, thresholds=halves)
    targets = generator.integers(0, 2, (6, count)).astype(np.float32)
    outputs = (3 * generator.normal(size=(6, count))).astype(np.float32)
    weights = np.array([1, 1, 2.5, 0.5, 0, 0], np.float32)
    probabilities = 1 / (1 + np.exp(-outputs.astype(np.float64)))
    nats = -np.where(targets > 0, np.log(probabilities), np.log(1 - probabilities))
    balance = np.where(targets > 0, texts / (2 * counts), texts / (2 * (texts - counts)))
    nats *= balance ** WEIGHT_POWERS[class_weight]
    chosen, wanted, real = probabilities > 0.5, targets > 0, weights > 0
    assert sums_of(labels, class_weight, outputs, targets, weights) == pytest.approx(
        {
            "loss": (nats.mean(axis=1) * weights).sum(),
            "weight": weights.sum(),
            "correct": (chosen == wanted)[real].all(axis=1).sum(),
            "texts": 4,
            "true_positives": (chosen & wanted)[real].sum(),
            "given": chosen[real].sum(),
            "wanted": targets[real].sum(),
        },
        rel=1e-4,
        abs=1e-6,
    )


def test_epoch_metrics_are_means_of_the_sums() -> None:
    network = network_of(Labels(("a", "b"), (1, 1), 2))
    sums = {"loss": 6.0, "weight": 4.0, "correct": 3.0, "texts": 5.0}
    assert network.epoch_metrics(sums) == {"loss": 1.5, "accuracy": 0.6}
    several = {**sums, "true_positives": 2.0, "given": 3.0, "wanted": 5.0}
    assert network.epoch_metrics(several)["f1"] == 0.5
    nothing = {**sums, "true_positives": 0.0, "given": 0.0, "wanted": 0.0}
    assert network.epoch_metrics(nothing)["f1"] == 0


@pytest.mark.parametrize(
    ("names", "several", "outputs"),
    [("ab", False, 1), ("abc", False, 3), ("ab", True, 2), ("a", True, 1)],
)
def test_architecture_has_one_output_for_two_labels(
    names: str, several: bool, outputs: int
) -> None:
    halves = (0.5,) * len(names) if several else ()
    labels = Labels(tuple(names), (1,) * len(names), 9, several, halves)
    assert network_of(labels).architecture.weight_shapes()["logits/bias"] == (outputs,)


@pytest.mark.parametrize(
    ("name", "of_layer", "parameters"),
    [("imdb_simple_rnn", "", 322_113), ("tweets_simple_rnn", "simple_rnn", 34)],
)
def test_resolve_layers_of_shipped_models(name: str, of_layer: str, parameters: int) -> None:
    task = load_config(shipped_configs()[name])
    assert isinstance(task, Classification)
    shapes = resolve_layers(task.model, task.data, 10_000, 1).weight_shapes()
    sizes = [np.prod(shape) for path, shape in shapes.items() if path.startswith(of_layer)]
    assert sum(sizes) == parameters
