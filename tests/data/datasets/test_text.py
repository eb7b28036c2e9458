"""The user's own text: the `text` data set, from a file to a trained run."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from rnnkit import api
from rnnkit.data.dataset import Corpus
from rnnkit.data.datasets import text as text_module
from rnnkit.data.datasets.text import Text
from rnnkit.data.encode.tokenizer_specs import Char, Word
from rnnkit.data.raw.long_text import LongText
from rnnkit.errors import RnnkitError


def test_text_load_reads_the_file(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("the sea, the sea.\n", encoding="utf-8")
    assert Text(path=str(tmp_path / "poem.txt")).load() == Corpus("the sea, the sea.\n")
    # relative to the current folder
    assert Text(path="poem.txt").load() == Corpus("the sea, the sea.\n")


def test_text_load_decodes_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_bytes("où est la bibliothèque ?".encode("latin-1"))
    assert Text(path="poem.txt", encoding="latin-1").load() == Corpus("où est la bibliothèque ?")


def test_text_load_names_a_missing_file_and_its_key() -> None:
    with pytest.raises(
        RnnkitError, match=r"data\.dataset\.text\.path: no such file( or folder)?: 'nowhere\.txt'"
    ):
        Text(path="nowhere.txt").load()


@pytest.fixture
def poems(tmp_path: Path) -> Path:
    folder = tmp_path / "poems"
    (folder / "sea").mkdir(parents=True)
    (folder / "b.txt").write_text("second", encoding="utf-8")
    (folder / "a.txt").write_text("first\n", encoding="utf-8")
    (folder / "sea" / "c.txt").write_text("third", encoding="utf-8")
    (folder / "d.md").write_text("a note\n", encoding="utf-8")
    return folder


def test_text_load_joins_several_files_in_the_order_of_the_list(poems: Path) -> None:
    # A file that lacks its last line end does not glue two words together.
    assert Text(path=["poems/b.txt", "poems/a.txt", "poems/sea/c.txt"]).load() == Corpus(
        "second\nfirst\nthird"
    )
    assert Text(path=["poems/b.txt"]).load() == Corpus("second")
    assert Text(path=["poems/d.md", "poems/sea"]).load() == Corpus("a note\nthird")
    assert Text(path=["poems/a.txt", "poems/b.txt"]).fetch() == "poems/a.txt, poems/b.txt"


def test_text_load_joins_a_folder_in_the_order_of_names(
    poems: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert Text(path=str(poems)).load() == Corpus("first\nsecond\nthird")
    assert Text(path="poems", pattern="*.md").load() == Corpus("a note\n")
    assert Text(path="poems", pattern="sea/*").load() == Corpus("third")
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Text(path="poems").load() == Corpus("first\nsecond\nthird")


@pytest.mark.parametrize(
    ("path", "pattern", "message"),
    [
        ([], "*.txt", "data.dataset.text.path: an empty list. Expected text files."),
        (
            "poems",
            "*.tex",
            "data.dataset.text.path: 'poems' is a directory without *.tex. Expected text files",
        ),
        (
            "poems",
            "/tmp/*.txt",
            "data.dataset.text.path: the pattern '/tmp/*.txt'",
        ),
        (["poems/a.txt", "poems/e.txt"], "*.txt", "'poems/e.txt'"),
    ],
)
def test_text_load_refuses_paths_without_files(
    poems: Path, path: str | list[str], pattern: str, message: str
) -> None:
    with pytest.raises(RnnkitError) as caught:
        Text(path=path, pattern=pattern).load()
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


def test_text_load_names_an_empty_file_among_several(poems: Path) -> None:
    (poems / "aa.txt").touch()
    with pytest.raises(RnnkitError, match=r"poems/aa\.txt is empty"):
        Text(path="poems").load()


def test_text_load_reads_a_long_text_in_pieces(
    poems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Text(path="poems").load()
    assert isinstance(short, Corpus)
    size = len("second") + len("first\n") + len("third")
    monkeypatch.setattr(text_module, "LONG", size)
    assert Text(path="poems").load() == short
    monkeypatch.setattr(text_module, "LONG", size - 1)
    long = Text(path="poems").load()
    assert isinstance(long, LongText)
    assert len(long) == size
    assert "".join(long.pieces()) == short.train
    with pytest.raises(RnnkitError, match=r"data\.dataset\.text\.path: a long text in UTF-16"):
        Text(path="poems", encoding="utf-16").load()


def test_text_fetch_gives_the_path(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("the sea", encoding="utf-8")
    assert Text(path=str(tmp_path / "poem.txt")).fetch() == str(tmp_path / "poem.txt")


def test_text_sample_needs_no_file() -> None:
    assert Text(path="nowhere.txt").sample().train.startswith("long ago, the mice")


ALICE = "alice/alice_pg11.txt"


def test_text_load_tokenizes_a_real_text_by_word_and_by_character(shared_data: Path) -> None:
    corpus = Text(path=str(shared_data / ALICE)).load()
    assert isinstance(corpus, Corpus)
    text = corpus.train
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
    "tokenizer",
    [
        pytest.param("{word: {vocab_size: 1000}}", id="word"),
        pytest.param("char", marks=pytest.mark.soak, id="char"),
    ],
)
def test_train_on_a_real_text(
    shared_data: Path, tmp_path: Path, tokenizer: str, said: list[str]
) -> None:
    (tmp_path / "real.yaml").write_text(
        CONFIG.format(path=shared_data / ALICE, tokenizer=tokenizer), encoding="utf-8"
    )
    run = api.train(str(tmp_path / "real.yaml"))

    codec = run.config.load_codec(run.folder).tokenizer
    sizes = next(line for line in said if "windows of 5" in line)
    assert f"vocabulary of {len(codec) - 1:,}" in sizes
    assert all(f"{part} " in sizes for part in ("train", "validation", "test"))
    # After three steps the loss is near that of a guess among all tokens, and below it.
    scores = json.loads(run.folder.metrics.read_text(encoding="utf-8"))
    assert set(scores) == {"validation"}  # train and test only where they are asked for
    for part in scores.values():
        assert 0.5 * np.log(len(codec)) < part["this run"]["loss"] < 1.02 * np.log(len(codec))
        assert (
            part["ceiling (window of 5)"]["loss"] < part["bigram"]["loss"] < part["unigram"]["loss"]
        )

    seed = "and the of to a"
    (text,) = run.generate(seed, max_new_tokens=7, temperature=1.0, random_seed=0)
    assert text.startswith(seed)
    assert len(codec.encode(text)) == len(codec.encode(seed)) + 7
