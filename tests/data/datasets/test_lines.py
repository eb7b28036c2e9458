"""Texts that were tokenised beforehand: the Penn Treebank and WikiText-2."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.lines import END, PennTreebank, WikiText2
from rnnkit.data.encode.tokenizer import UNKNOWN
from rnnkit.data.encode.tokenizer_specs import Word
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source
from tests.cli.invoke import done, invoke

AS_THEY_ARE = Word(punctuation="kept", lowercase=False)


def write(folder: Path, names: list[str], *texts: str) -> Path:
    folder.mkdir(parents=True)
    for name, text in zip(names, texts, strict=True):
        (folder / name).write_bytes(text.encode())
    return folder


PTB = ["ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"]
WIKI = ["wiki.train.tokens", "wiki.valid.tokens", "wiki.test.tokens"]


def test_penn_treebank_load_ends_each_line_with_a_token(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "ptb",
        PTB,
        " the <unk> cat \n said N mice\n",
        "no end",
        " \n = Title = \n \n one @-@ way\n",
    )
    corpus = PennTreebank(path=str(folder)).load()
    assert corpus.train.split() == ["the", "<unk>", "cat", END, "said", "N", "mice", END]
    assert corpus.validation.split() == ["no", "end", END]
    # An empty line is one token, its end.
    assert corpus.test.split() == [END, "=", "Title", "=", END, END, "one", "@-@", "way", END]
    tokenizer = AS_THEY_ARE.train(corpus.train)
    assert tokenizer.tokens(tokenizer.encode(corpus.train).tolist()) == corpus.train.split()
    assert len(tokenizer) == 7  # <unk> of the text is the tokenizer's own


def test_penn_treebank_load_counts_windows_line_ends_once(tmp_path: Path) -> None:
    unix = write(tmp_path / "unix", PTB, "a b\nc\n", "d\n", "e\n")
    windows = write(tmp_path / "windows", PTB, "a b\r\nc\r\n", "d\r\n", "e\r\n")
    assert PennTreebank(path=str(unix)).load() == PennTreebank(path=str(windows)).load()


@pytest.mark.soak
def test_penn_treebank_load_has_the_published_token_counts(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    corpus = PennTreebank().load()
    assert [len(text.split()) for text in (corpus.train, corpus.validation, corpus.test)] == [
        929_589,
        73_760,
        82_430,
    ]
    tokenizer = AS_THEY_ARE.train(corpus.train)
    assert len(tokenizer) == 10_000
    for text, count in ((corpus.validation, 73_760), (corpus.test, 82_430)):
        token_ids = tokenizer.encode(text)
        assert len(token_ids) == count
        # Only what the text itself calls unknown.
        assert (token_ids == tokenizer.unknown_id).sum() == text.split().count(UNKNOWN)
    assert (token_ids == tokenizer.vocabulary.index(END)).sum() == 3_761


@pytest.mark.soak
def test_wiki_text2_load_has_the_published_token_counts(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    corpus = WikiText2().load()
    words = corpus.train.split()
    assert len(words) == 2_088_628
    assert words.count(END) == 36_718
    known = set(words)
    # The words that only validation and test have stand in the training set as <unk>.
    assert known >= set(corpus.validation.split()) | set(corpus.test.split())
    assert len(known) == 33_278
    assert [len(text.split()) for text in (corpus.validation, corpus.test)] == [217_646, 245_569]
    tokenizer = AS_THEY_ARE.train(corpus.validation)
    # the tokenizer cuts where split() does
    assert len(tokenizer.encode(corpus.validation)) == 217_646


def test_penn_treebank_prepare_keeps_the_own_parts(tmp_path: Path) -> None:
    write(tmp_path / "ptb", PTB, "the cat said\n" * 20, "the cat\n" * 3, "cat the said\n" * 3)
    config = parse_config(
        "task: {language_model: {stream: true}}\n"
        "data: {dataset: {ptb: ptb}, tokenizer: {word: {punctuation: kept, lowercase: false}}}\n"
        "model: {embedding: 2, layers: [lstm: 2]}\ntrain: {batch_size: 4}",
        "c.yaml",
    )
    parts = config.prepare(Source()).parts
    assert {name: len(part.token_ids) for name, part in parts.items()} == {
        "train": 80,
        "validation": 9,
        "test": 12,
    }


def test_wiki_text2_load_says_how_to_provide_a_part_without_an_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RNNKIT_DATA", raising=False)
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path / "cache"))
    for ask in (WikiText2().load, WikiText2().fetch):
        with pytest.raises(RnnkitError) as caught:
            ask()
        message = str(caught.value)
        assert "wiki.train.tokens: not on this machine" in message
        assert (
            "set RNNKIT_DATA to a folder that holds wikitext2/wiki.train.tokens or"
            " wiki.train.tokens" in message
        )
        assert caught.value.exit_code == 2
    result = invoke("datasets", "fetch", "wikitext2")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Bring it by hand" in result.stderr
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("below", ["", "wikitext2"])
def test_wiki_text2_fetch_searches_rnnkit_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    folder = write(tmp_path / "data" / below, WIKI, "a b\n", "a\n", "b\n")
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path / "data"))
    assert WikiText2().load().train.split() == ["a", "b", END]
    assert (
        done("datasets", "fetch", "wikitext2").stdout.strip()
        == f"wikitext2: {', '.join(str(folder / name) for name in WIKI)}"
    )


def test_penn_treebank_load_names_a_missing_part(tmp_path: Path) -> None:
    folder = write(tmp_path / "ptb", PTB[:2], "a\n", "b\n")
    with pytest.raises(
        RnnkitError,
        match=(
            rf"data\.dataset\.ptb: {folder}/ptb\.test\.txt cannot be read \(No such file or"
            r" directory\)"
        ),
    ):
        PennTreebank(path=str(folder)).load()
    with pytest.raises(RnnkitError, match=r"data\.dataset\.ptb: no such folder: 'nowhere'"):
        PennTreebank(path="nowhere").load()
    with pytest.raises(RnnkitError, match=r"data\.dataset\.wikitext2: .* is a file"):
        WikiText2(path=str(folder / PTB[0])).load()


@pytest.mark.parametrize("spec", [PennTreebank(), WikiText2()])
def test_lines_sample_needs_no_file_and_has_line_ends(spec: PennTreebank | WikiText2) -> None:
    words = spec.sample().train.split()
    assert words[:4] == ["long", "ago,", "the", "mice"]
    assert END in words


@pytest.mark.parametrize("spec", [PennTreebank, WikiText2])
def test_remote_files_of_lines_are_pinned(spec: type[PennTreebank] | type[WikiText2]) -> None:
    assert list(spec.files) == ["train", "validation", "test"]
    for file in spec.files.values():
        assert len(file.sha256) == 64
        assert not file.url or (
            file.url.startswith("https://raw.githubusercontent.com/")
            and len(file.url.split("/")[5]) == 40
        )
    assert len(np.unique([file.sha256 for file in spec.files.values()])) == 3
