"""Alice's Adventures in Wonderland: the book alone, from wherever it lies, and the tutorials'
models on it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.config import load_config, parse_config
from rnnkit.data.datasets.alice import Alice, strip_gutenberg
from rnnkit.data.datasets.fable import FABLE
from rnnkit.errors import RnnkitError
from rnnkit.names import find_config
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.train import train
from tests.cli.invoke import done, invoke

BOOK = "ALICE’S ADVENTURES\n\nDown the rabbit-hole *** went Alice.\n\nTHE END\n"

OLD_HEADER = (
    "Project Gutenberg's Alice, by Lewis Carroll\n\nTitle: Alice\n\n*** START OF THIS PROJECT"
    " GUTENBERG EBOOK ALICE ***\n\n\n\n"
)
NEW_HEADER = (
    "The Project Gutenberg eBook of Alice\n\nTitle: Alice\n\n*** START OF THE PROJECT GUTENBERG"
    " EBOOK ALICE'S ADVENTURES ***\n"
)
TIGHT_HEADER = "Title: Alice\n\n***START OF THE PROJECT GUTENBERG EBOOK ALICE***\n\n"
OLD_FOOTER = (
    "\n\n\nEnd of Project Gutenberg's Alice, by Lewis Carroll\n\n*** END OF THIS PROJECT GUTENBERG"
    " EBOOK ALICE ***\n\n***** This file\nLicence\n"
)
THE_FOOTER = "\n\nEnd of the Project Gutenberg EBook of Alice, by Lewis Carroll\n\nLicence\n"
NEW_FOOTER = (
    "\n\n*** END OF THE PROJECT GUTENBERG EBOOK 11 ***\n\nUpdated editions will replace the"
    " previous one\n"
)
TIGHT_FOOTER = "\n***END OF THE PROJECT GUTENBERG EBOOK ALICE***\nLicence\n"


@pytest.mark.parametrize("header", ["", OLD_HEADER, NEW_HEADER, TIGHT_HEADER])
@pytest.mark.parametrize("footer", ["", OLD_FOOTER, THE_FOOTER, NEW_FOOTER, TIGHT_FOOTER])
def test_strip_gutenberg_removes_header_and_footer(header: str, footer: str) -> None:
    assert strip_gutenberg(header + BOOK + footer) == BOOK


def test_strip_gutenberg_keeps_text_that_only_mentions_them() -> None:
    text = (
        "She read of the START OF THE PROJECT GUTENBERG EBOOK,\nand of its End of Project"
        " Gutenberg.\n"
    )
    assert strip_gutenberg(text) == text


@pytest.fixture
def book(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The real book."""
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    return Alice().load().train


def test_alice_load_gives_the_book_from_title_to_end(book: str) -> None:
    assert book.startswith("ALICE’S ADVENTURES IN WONDERLAND\n\nLewis Carroll\n")
    assert book.endswith("and the happy summer days.\n\n              THE END\n")
    assert "gutenberg" not in book.lower()
    assert len(re.findall(r"^CHAPTER [IVX]+\. ", book, re.MULTILINE)) == 12
    assert 26_000 < len(re.findall(r"[^\W\d_]+(?:[’-][^\W\d_]+)*", book)) < 28_000
    assert 25_500 < len(book.split()) < 28_000
    assert "\r" not in book
    assert "\ufeff" not in book


def test_alice_load_omits_nothing_but_the_header(book: str, shared_data: Path) -> None:
    raw = (shared_data / "alice" / "alice_pg11.txt").read_text(encoding="utf-8")
    assert raw.count(book.strip()) == 1
    assert raw.index(book.strip()) < 1000


@pytest.mark.parametrize("name", ["alice/alice_pg11.txt", "alice_pg11.txt", "11-0.txt"])
def test_alice_fetch_searches_rnnkit_data(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data" / name
    path.parent.mkdir(parents=True)
    path.write_text(OLD_HEADER + BOOK + OLD_FOOTER, encoding="utf-8")
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path / "data"))
    assert Alice().fetch() == str(path)
    assert Alice().load().train == BOOK
    assert done("datasets", "fetch", "alice").stdout == f"alice: {path}\n"


def test_alice_load_reads_the_users_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Windows' line ends and a byte order mark, as Gutenberg's own site serves it."""
    (tmp_path / "mine.txt").write_bytes(
        b"\xef\xbb\xbf" + (NEW_HEADER + BOOK + NEW_FOOTER).replace("\n", "\r\n").encode()
    )
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path / "elsewhere"))
    for spec in (Alice(path="mine.txt"), Alice(path=str(tmp_path / "mine.txt"))):
        assert spec.load().train == BOOK
    for form in ("{alice: mine.txt}", "{alice: {path: mine.txt}}"):
        config = parse_config(
            f"task: {{language_model: 1}}\ndata: {{dataset: {form}}}\nmodel: {{embedding: 1,"
            " layers: [lstm: 1]}",
            "c.yaml",
        )
        assert config.data.dataset == Alice(path="mine.txt")


def test_alice_load_refuses_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "alise.txt").write_text(BOOK)
    with pytest.raises(
        RnnkitError,
        match=r"data\.dataset\.alice: no such file: 'alice\.txt'.*Did you mean 'alise\.txt'",
    ):
        Alice(path="alice.txt").load()


def test_alice_sample_needs_no_book(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path / "none"))
    assert Alice().sample().train == FABLE


def test_alice_window_word_prepares_windows_as_the_tutorials(book: str) -> None:
    config = load_config(find_config("alice_window_word"))
    data = config.prepare(Source())
    codec, window = data.codec.tokenizer, config.task.window
    inputs, targets, _ = next(data.train.in_order())
    words = [word.lower() for word in re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", book)]
    assert codec.text(inputs[0].tolist()).startswith("alice’s adventures in")
    known = set(codec.vocabulary)
    assert codec.tokens([*inputs[0].tolist(), targets[0]]) == [
        word if word in known else "<unk>" for word in words[: window + 1]
    ]
    assert not [
        token
        for token in codec.vocabulary[1:]
        if not any(map(str.isalnum, token)) or token != token.lower()
    ]
    total = sum(len(part.token_ids) for part in data.parts.values())
    assert total == pytest.approx(len(words), rel=0.002)
    assert len(data.parts["validation"].token_ids) == pytest.approx(total / 10, rel=0.05)


def test_alice_window_char_prepares_windows_as_the_tutorials(book: str) -> None:
    config = load_config(find_config("alice_window_char"))
    data = config.prepare(Source())
    inputs, targets, _ = next(data.train.in_order())
    window = config.task.window
    tokenizer = data.codec.tokenizer
    seen = tokenizer.text([*inputs[0].tolist(), int(targets[0])])
    assert seen == book.lower()[: window + 1]
    texts = [tokenizer.text(part.token_ids.tolist()) for part in data.parts.values()]
    assert "".join(texts) == book.lower()
    assert 40 < len(tokenizer) < 80


@pytest.mark.soak
def test_train_a_shipped_alice_config_on_the_real_book(
    book: str, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "11-0.txt").write_text(OLD_HEADER + book[:6_000], encoding="utf-8")
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path))
    name = "alice_window_char"
    training: Any = train(name, ["train.epochs=1", "train.max_steps=2"])
    assert training.run.path == runs / name
    scores = {
        evaluation.part: {row.who: row.scores for row in evaluation.rows}
        for evaluation in training.evaluations
    }
    assert "validation" in scores
    for part in scores.values():
        assert {"this run", "bigram", "unigram"} <= set(part)
        assert all(np.isfinite(list(row.values())).all() for row in part.values())
    assert scores["validation"]["this run"]["tokens"] > 450


def test_train_smoke_needs_no_book(
    runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path))
    monkeypatch.setenv("RNNKIT_CACHE", str(tmp_path / "cache"))
    result = invoke("train", "alice_window_word", "--smoke")
    assert result.exit_code == 0, result.output
    assert not list((tmp_path / "cache").rglob("*.txt"))
    text = "and said that the mice had a"  # words that stand more than once in the fable
    assert done(
        "generate", "--seed", text, "--random-seed", 0, "--max-new-tokens", 5
    ).stdout.startswith(text)
