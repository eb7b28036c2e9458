"""Which models everybody has."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit.bench import compare
from rnnkit.bench.plain import plain
from rnnkit.bench.work import Verb
from rnnkit.config import shipped_configs
from rnnkit.errors import RnnkitError
from rnnkit.models.layers.embedding import Embedding
from rnnkit.tasks.task import load_task
from tests.bench.test_rows import TEXTS
from tests.helpers.compared import small
from tests.helpers.tagged import NAMES, write_names


def test_plain_leaves_dropout_out() -> None:
    model = small()
    assert [layer.kind for layer in model.architecture.layers] == [
        *("embedding", "gru", "lstm", "dense"),
    ]
    assert all(getattr(layer.spec, "dropout", 0) == 0 for layer in model.architecture.layers)


def test_plain_trains_every_embedding() -> None:
    frozen = "model.embedding={dim: 4, from_texts: true, trainable: false}"
    table = small(frozen).architecture.layers[0].spec
    assert isinstance(table, Embedding)
    assert table.trainable


def test_plain_refuses_what_peers_do_not_have() -> None:
    with pytest.raises(RnnkitError, match="min_gru"):
        small("model.layers=[min_gru: 3]")


def test_plain_names_all_layers_that_peers_do_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_names(tmp_path)
    (tmp_path / "t.yaml").write_text(NAMES, encoding="utf-8")
    with pytest.raises(RnnkitError) as caught:
        plain(load_task(tmp_path / "t.yaml"), steps=1)
    words, crf = str(caught.value).splitlines()
    assert "Add model.embedding=100" in words
    assert "Add task.tagging.crf=false" in crf
    cures = ["model.embedding=100", "task.tagging.crf=false"]
    model = plain(load_task(tmp_path / "t.yaml", cures), steps=1)
    assert model.reading.kind == "steps"


def test_overrides_leave_out_what_would_end_a_training() -> None:
    config = {**TEXTS, "train": {"batch_size": 6, "early_stopping": 1, "average": 0.9}}
    model = plain(load_task(config, [*compare.OVERRIDES, *compare.UNINTERRUPTED]), steps=2)
    assert (model.task.train.early_stopping, model.task.train.average) == (None, None)


@pytest.mark.parametrize(
    ("verb", "what"), [("train", "this training takes"), ("generate", "answers of this model take")]
)
def test_plain_refuses_a_model_beyond_memory_before_it_draws_weights(verb: Verb, what: str) -> None:
    layers = "model.layers=[lstm: 65536, lstm: 65536, lstm: 65536]"
    with pytest.raises(RnnkitError, match=f"model: {what} about .* of memory"):
        plain(load_task(shipped_configs()["fable_simple_rnn"], [layers]), 2, verb)
