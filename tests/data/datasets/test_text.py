"""The user's own text: the `text` data set, from a file to a trained run."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from rnnkit import api
from rnnkit.data.dataset import Corpus
from rnnkit.data.datasets.text import Text
from rnnkit.data.tokenizer import Char, Word
from rnnkit.errors import RnnkitError


def test_loads_the_file(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("the sea, the sea.\n", encoding="utf-8")
    assert Text(path=str(tmp_path / "poem.txt")).load() == Corpus("the sea, the sea.\n")
    assert Text(path="poem.txt").load() == Corpus("the sea, the sea.\n")  # relative to the current folder


def test_reads_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_bytes("où est la bibliothèque ?".encode("latin-1"))
    assert Text(path="poem.txt", encoding="latin-1").load() == Corpus("où est la bibliothèque ?")


def test_a_missing_file_is_named_with_its_place_in_the_config() -> None:
    with pytest.raises(RnnkitError, match=r"data\.dataset\.text\.path: no such file: 'nowhere\.txt'"):
        Text(path="nowhere.txt").load()


def test_fetch_says_where_the_file_is(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("the sea", encoding="utf-8")
    assert Text(path=str(tmp_path / "poem.txt")).fetch() == str(tmp_path / "poem.txt")


def test_the_sample_needs_no_file() -> None:
    assert Text(path="nowhere.txt").sample().train.startswith("long ago, the mice")


REAL = {"alice": "alice/alice_pg11.txt", "tinyshakespeare": "tinyshakespeare/input.txt"}


@pytest.mark.parametrize("file", REAL.values(), ids=REAL)
def test_a_real_text_by_word_and_by_character(shared_data: Path, file: str) -> None:
    text = Text(path=str(shared_data / file)).load().train
    assert "\r" not in text

    words = Word().train(text)
    token_ids = words.encode(text)
    counts = np.bincount(token_ids, minlength=len(words))
    assert counts[words.unknown_id] == 0
    assert (np.diff(counts[1:]) <= 0).all()  # ids by falling frequency
    np.testing.assert_array_equal(words.encode(words.text(token_ids.tolist())), token_ids)

    text = text[:200_000]
    characters = Char().train(text)
    assert characters.text(characters.encode(text).tolist()) == unicodedata.normalize("NFC", text)
    assert set(characters.vocabulary[1:]) == set(unicodedata.normalize("NFC", text))


CONFIG = """
task: {{language_model: {{window: 5}}}}
data:
  dataset: {{text: {path}}}
  tokenizer: {tokenizer}
  split: {{validation: 0.05, test: 0.7}}  # the test part is not scored, which saves time
model:
  embedding: 8
  layers:
    - gru: 8
train: {{batch_size: 512, epochs: 1, max_steps: 3}}
"""


@pytest.mark.parametrize(
    ("name", "tokenizer"),
    [("alice", "{word: {vocab_size: 1000}}"), ("alice", "char"), ("tinyshakespeare", "{word: {vocab_size: 300}}")],
    ids=["alice-word", "alice-char", "tinyshakespeare-word"],
)
def test_a_real_text_trains(shared_data: Path, tmp_path: Path, name: str, tokenizer: str) -> None:
    (tmp_path / "real.yaml").write_text(CONFIG.format(path=shared_data / REAL[name], tokenizer=tokenizer), encoding="utf-8")
    lines: list[str] = []
    run = api.train(str(tmp_path / "real.yaml"), say=lines.append)

    codec = run.config.load_codec(run.folder)
    sizes = next(line for line in lines if "windows of 5" in line)
    assert f"vocabulary of {len(codec) - 1:,}" in sizes
    assert all(f"{part} " in sizes for part in ("train", "validation", "test"))
    # After three steps the loss is near that of a guess among all tokens, and below it.
    scores = json.loads(run.folder.metrics.read_text(encoding="utf-8"))
    assert set(scores) == {"validation"}  # train and test only where they are asked for
    for part in scores.values():
        assert 0.5 * np.log(len(codec)) < part["this run"]["loss"] < 1.02 * np.log(len(codec))
        assert part["ceiling (window of 5)"]["loss"] < part["bigram"]["loss"] < part["unigram"]["loss"]

    seed = "and the of to a"
    text = run.generate(seed, max_new_tokens=7, temperature=1.0, random_seed=0)
    assert text.startswith(seed)
    assert len(codec.encode(text)) == len(codec.encode(seed)) + 7
