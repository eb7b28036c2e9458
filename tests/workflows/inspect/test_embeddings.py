"""Vectors of tokens: whose they are, and what is asked of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rnnkit.engine.recorder import Recorder
from rnnkit.errors import RnnkitError
from rnnkit.workflows.inspect.embeddings import embeddings
from rnnkit.workflows.inspect.token_vectors import token_vectors
from rnnkit.workflows.trained import find_trained, open_run
from tests.cli.invoke import done, invoke
from tests.helpers.untrained import untrained_run
from tests.workflows.inspect.test_trace import run_of

CHARACTERS = """\
task: {language_model: {window: 3}}
data: {dataset: fable, tokenizer: char, split: 0}
model: {embedding: 4, layers: [gru: 3]}
"""
SPELT = """\
task: classification
data: {dataset: {labelled: {texts: {good: [one two, one three], bad: [four, five four]}}}, split: 0}
model:
  embedding: {words: {dim: 3, characters: {dim: 4, length: 7, layers: [{conv: 5}, {pool: max}]}}}
  layers: [gru: 3]
"""


def test_embeddings_rank_by_cosine() -> None:
    run = run_of("window")
    _, codec, _, weights = open_run(find_trained(run))
    table = weights["embedding/embeddings"].astype(float)
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    mouse = codec.tokenizer.vocabulary.index("mice")
    cosines = unit @ unit[mouse]
    cosines[[mouse, codec.tokenizer.unknown_id]] = -9
    (found,) = embeddings(run, ["Mice"], top=3).neighbours
    assert found.is_known
    assert [near.token for near in found.tokens] == [
        codec.tokenizer.vocabulary[row] for row in np.argsort(-cosines)[:3]
    ]
    assert found.tokens[0].cosine == pytest.approx(cosines.max())


def test_embeddings_of_words_are_what_their_layer_gives() -> None:
    run = str(untrained_run("spelt", SPELT))
    task, codec, architecture, weights = open_run(find_trained(run))
    recorder = Recorder(architecture, weights)
    task.predictor(codec, recorder).predict(["two zyx"])
    read = recorder.calls[0].layers[0].outputs[0]
    table = token_vectors(run)
    np.testing.assert_allclose(table.vector("two")[1], read[0], atol=1e-6)
    row, unknown = table.vector("zyx")
    assert row == -1
    np.testing.assert_allclose(unknown, read[1], atol=1e-6)
    assert "lacks" in done("inspect", "embeddings", run, "--word", "zyx").stdout


def test_embeddings_of_an_encoder_and_its_decoder() -> None:
    run = run_of("pairs")
    assert embeddings(run).layer == "encoder/embedding"
    assert embeddings(run, ["3"], layer="embedding").layer == "embedding"
    with pytest.raises(RnnkitError, match=r"--layer.*'gru'.*encoder/embedding, embedding"):
        embeddings(run, layer="gru")


def test_embeddings_of_characters_name_one() -> None:
    run = str(untrained_run("characters", CHARACTERS))
    assert embeddings(run, [" "], top=2).neighbours[0].is_known
    with pytest.raises(RnnkitError, match=r"--word: 'mice' is 4 tokens.*'m', 'i'"):
        embeddings(run, ["mice"])


def test_embeddings_refuse_unknown_words() -> None:
    run = run_of("window")
    with pytest.raises(RnnkitError, match=r"--word: 'mise'.*'mice'"):
        embeddings(run, ["mise"])
    with pytest.raises(RnnkitError, match=r"--analogy: 2 words.*three"):
        embeddings(run, analogy=["mice", "cat"])


@pytest.mark.parametrize("first", ["one_hot", "none"])
def test_embeddings_refuse_a_run_without_vectors(first: str) -> None:
    run = run_of("numbers")
    if first == "one_hot":
        run = str(untrained_run("hot", CHARACTERS.replace("embedding: 4", "embedding: one_hot")))
    with pytest.raises(RnnkitError, match=r"one_hot|numbers.*Name another run"):
        embeddings(run)


def test_embeddings_say_where_an_analogy_says_nothing() -> None:
    run = run_of("window")
    found = embeddings(run, analogy=["a", "a", "mice"], top=2)
    assert found.analogy is not None
    assert found.analogy.without_offset == found.analogy.answers[0].token
    assert "change nothing" in done("inspect", "embeddings", run, "--analogy", "a a mice").stdout


def test_inspect_embeddings_writes_a_picture_and_json(tmp_path: Path) -> None:
    run, picture = run_of("window"), tmp_path / "map.png"
    words = ("inspect", "embeddings", run, "--word", "mice", "-o", str(picture), "--json")
    told = json.loads(done(*words, "--top", "2", "--tokens", "20").stdout)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert len(told["neighbours"][0]["tokens"]) == 2
    assert "vectors" not in told
    assert "exists already" in invoke(*words).stderr
    assert invoke("inspect", "embeddings", run, "--tokens", "9").exit_code == 2
