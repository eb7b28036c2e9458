"""What is said to compute each layer is what does, in the graph of a step of training."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from rnnkit import backend, kernels
from rnnkit.architecture import Architecture
from rnnkit.cells import Cell, RecurrentSpec
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.min_gru import MinGRU, MinGRUCell
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.word_encoders import Characters
from rnnkit.models.layers.words import Words
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.workflows.inspect.speed import recurrent_layers
from tests.conftest import REPO
from tests.helpers.graphs import called_by
from tests.helpers.random_models import EVERY_RECURRENT, architecture

pytestmark = [
    pytest.mark.skipif(
        bool(kernels.why_missing()), reason=kernels.why_missing() or "there are kernels"
    ),
    pytest.mark.skipif(
        backend.current() != "tensorflow", reason="JAX names no layer in what it compiles"
    ),
]


class OwnCell(MinGRUCell):
    """A user's own, of which there is no kernel."""


class Own(MinGRU):
    cell: ClassVar[Cell[Any]] = OwnCell()


GENERIC: list[RecurrentSpec] = [
    Own(units=3),
    LSTM(units=3, recurrent_dropout=0.2),
    LSTM(units=3, recurrent_activation="hard_sigmoid"),
    GRU(units=3, activation="relu", bidirectional=True),
]
FUSED: list[RecurrentSpec] = [
    *(kind(units=3, dropout=0.2) for kind in EVERY_RECURRENT if kind.cell.kernel),
    LSTM(units=3, weight_drop=0.2, activation_l2=0.1, bidirectional=True),
    MinGRU(units=3, slowness_l2=0.1, bidirectional=True),
]
CHARACTERS = Words(dim=2, characters=Characters(length=6, dim=2, layers=[GRU(units=3)]))
MODELS = {
    "steps": architecture(
        Embedding(dim=3), SimpleRNN(units=3, unroll=True), *GENERIC, *FUSED, Pool(mode="mean")
    ),
    "padded": architecture(
        CHARACTERS, *GENERIC, *FUSED, Pool(mode="mean"), timesteps=None, padded=True
    ),
}


def assert_says_what_runs(model: Architecture, kernel: str) -> set[str]:
    """The layers that a kernel computes."""
    choices = {
        layer.name: spec.choose_kernel().kernel
        for layer, spec in recurrent_layers(model.for_training(kernel))
    }
    fused = {name for name, choice in choices.items() if choice == "fused"}
    assert called_by(model, kernel, choices) == fused
    return fused


@pytest.mark.parametrize(
    ("name", "kernel"), [("steps", "auto"), ("steps", "keras"), ("padded", "auto")]
)
def test_choose_kernel_says_what_runs(name: str, kernel: str) -> None:
    model = MODELS[name]
    inner = sum(1 for layer in model.layers if layer.spec.inner())
    expected = len(FUSED) + inner if kernel == "auto" else 0
    assert len(assert_says_what_runs(model, kernel)) == expected


@pytest.mark.smoke
@pytest.mark.parametrize("config", sorted((REPO / "configs").rglob("*.yaml")), ids=lambda p: p.stem)
def test_choose_kernel_says_what_runs_of_each_config(config: Path) -> None:
    task = load_task(config)
    network = task.network(task.prepare(Source(sample=True)).codec)
    assert_says_what_runs(network.architecture, task.train.kernel)
