"""Advice on a tokenizer that leaves most of a text unknown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rnnkit.data.encode.tokenizer_specs import BPE, Char, TokenizerSpec, Word
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.segmentation import tokenizer_advice
from rnnkit.tasks.task import load_task

CHINESE = [f"这部电影非常{word}{end}" for word in "好坏长短新旧" for end in "了吗呢啊吧"]
THAI = [f"หนังเรื่องนี้{word}มาก" for word in ("ดี", "แย่", "ยาว", "สั้น", "ใหม่", "เก่า")]
ENGLISH = [f"the film is {word}" for word in ("good", "bad", "long", "short", "new", "old")]
NAMES = ["anna", "bob", "bea", "otto", "ida", "gino", "eva", "leo"]


def lines(texts: Sequence[str], spec: TokenizerSpec, held_out: int = 2) -> list[str]:
    tokenizer = spec.train(*texts[held_out:])
    parts = {"train": tokenizer.encode_all(texts[held_out:])}
    if held_out:
        parts["validation"] = tokenizer.encode_all(texts[:held_out])
    return tokenizer_advice(spec, "data.tokenizer", tokenizer, parts)


@pytest.mark.parametrize("texts", [CHINESE, THAI, [f"{text},{text}。" for text in CHINESE]])
def test_tokenizer_advice_of_texts_without_spaces(texts: list[str]) -> None:
    (line,) = lines(texts, Word())
    assert "no spaces" in line
    assert "`data.tokenizer: char`" in line
    assert lines(texts, Char()) == lines(texts, BPE(vocab_size=300)) == []


def test_tokenizer_advice_of_others() -> None:
    assert lines(ENGLISH, Word()) == []
    assert lines(CHINESE, Word(), held_out=0) != []
    assert "a word or two" in lines(NAMES, Word())[0]
    assert lines([" ".join(text) for text in CHINESE], Word()) == []  # segmented already


@pytest.mark.parametrize(
    ("task", "dataset", "rest", "keys"),
    [
        ("classification", "{csv: t.csv}", "layers: [gru: 2], embedding: 2", ["data.tokenizer"]),
        (
            "language_model",
            "{text: t.csv}",
            "layers: [gru: 2], embedding: 2",
            ["data.tokenizer"],
        ),
        (
            "{language_model: {condition: label}}",
            "{csv: t.csv}",
            "layers: [gru: 2], embedding: 2",
            ["data.tokenizer"],
        ),
        (
            "seq2seq",
            "{pairs: {path: t.csv, format: csv, source: text, target: target}}",
            "encoder: {embedding: 2, layers: [gru: 2]}, decoder: {embedding: 2, layers: [gru: 2]}",
            ["data.source.tokenizer", "data.target.tokenizer"],
        ),
    ],
)
def test_prepare_says_what_makes_it_go_away(
    task: str, dataset: str, rest: str, keys: list[str]
) -> None:
    rows = [f"{text},{index % 2},{text}" for index, text in enumerate(CHINESE)]
    Path("t.csv").write_text("\n".join(["text,label,target", *rows]), encoding="utf-8")
    tokenizer = "" if task == "seq2seq" else "tokenizer: word, "
    if task == "language_model":
        task = "{language_model: {window: 2}}"
    data = f"data: {{dataset: {dataset}, {tokenizer}split: 0.2}}"
    Path("c.yaml").write_text(f"task: {task}\n{data}\nmodel: {{{rest}}}\n", encoding="utf-8")

    def advised(*overrides: str) -> list[str]:
        notes = load_task(Path("c.yaml"), overrides).prepare(Source()).notes
        return [note for note in notes if "no spaces" in note]

    found = advised()
    assert len(found) == len(keys)
    assert all(f"`{key}: char`" in line for key, line in zip(keys, found, strict=True))
    assert advised(*(f"{key}=char" for key in keys)) == []
