from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.tinyshakespeare import INPUT, TinyShakespeare
from rnnkit.data.encode.tokenizer_specs import Char
from rnnkit.data.raw.split import TextSplit
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source
from tests.cli.invoke import done


@pytest.mark.soak
def test_tiny_shakespeare_load_holds_out_the_last_tenth(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    corpus = TinyShakespeare().load()
    raw = (shared_data / "tinyshakespeare" / "input.txt").read_text(encoding="utf-8")
    assert corpus.train + corpus.validation == raw
    # The cut of the published figures: the first 90 % of 1,115,394 characters.
    assert (len(corpus.train), len(corpus.validation), corpus.test) == (1_003_854, 111_540, "")
    assert corpus.train.startswith("First Citizen:\nBefore we proceed")
    tokenizer = Char().train(corpus.train)
    assert len(tokenizer) == 66  # 65 characters and <unk>
    assert tokenizer.unknown(corpus.validation) == []


def test_tiny_shakespeare_keeps_its_parts_whatever_the_shares(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("0123456789" * 3, encoding="utf-8")
    corpus = TinyShakespeare(path="mine.txt").load()
    assert TextSplit(validation=0.5, test=0.3).divide(corpus, at_space=False) == {
        "train": "0123456789" * 2 + "0123456",
        "validation": "789",
    }


def test_tiny_shakespeare_prepare_refuses_a_file_too_short_to_divide(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("a", encoding="utf-8")
    config = parse_config(
        "task: {language_model: 1}\ndata: {dataset: {tinyshakespeare: mine.txt}, tokenizer:"
        " char}\nmodel: {embedding: 1, layers: [lstm: 1]}",
        "c.yaml",
    )
    with pytest.raises(RnnkitError, match=r"data\.dataset: a training set without text"):
        config.prepare(Source())


def test_tiny_shakespeare_fetch_searches_rnnkit_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tinyshakespeare.txt").write_text("First Citizen:\n", encoding="utf-8")
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path))
    assert (
        done("datasets", "fetch", "tinyshakespeare").stdout
        == f"tinyshakespeare: {tmp_path / 'tinyshakespeare.txt'}\n"
    )


def test_tiny_shakespeare_load_refuses_a_missing_file() -> None:
    with pytest.raises(
        RnnkitError, match=r"data\.dataset\.tinyshakespeare: no such file: 'hamlet\.txt'"
    ):
        TinyShakespeare(path="hamlet.txt").load()


def test_tiny_shakespeare_sample_needs_no_file() -> None:
    assert TinyShakespeare().sample().train.startswith("long ago")


def test_remote_file_of_tiny_shakespeare_is_pinned() -> None:
    assert len(INPUT.url.split("/")[5]) == 40
    assert len(INPUT.sha256) == 64
