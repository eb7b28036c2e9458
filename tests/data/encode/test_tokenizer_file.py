"""Rules of a stranger in tokenizer.json never run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tokenizers

from rnnkit.data.datasets.imdb import keras_index
from rnnkit.data.encode.tokenizer_specs import BPE, Char, TokenizerSpec, Word
from rnnkit.data.encode.words import WordsSpec
from rnnkit.errors import RnnkitError

SLOW = {"Regex": "(a+)+$"}
REPLACE = {"type": "Replace", "pattern": SLOW, "content": "a"}
SPLIT = {"type": "Split", "pattern": SLOW, "behavior": "Removed", "invert": True}
MARK = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
PAD_TO = {"strategy": {"Fixed": 10**9}, "direction": "Right", "pad_to_multiple_of": None}
SHORT = {"direction": "Right", "max_length": 1, "strategy": "LongestFirst", "stride": 0}
FOREIGN: dict[str, dict[str, Any]] = {
    "normalizer": {"normalizer": {"type": "Sequence", "normalizers": [REPLACE]}},
    "normalizer alone": {"normalizer": REPLACE},
    "no normalizer": {"normalizer": None},
    "pre_tokenizer": {"pre_tokenizer": SPLIT},
    "no pre_tokenizer": {"pre_tokenizer": None},
    "post_processor": {"post_processor": {"type": "ByteLevel", "add_prefix_space": True}},
    "decoder": {"decoder": {"type": "Replace", "pattern": SLOW, "content": ""}},
    "padding": {"padding": PAD_TO | {"pad_id": 0, "pad_type_id": 0, "pad_token": "a"}},
    "truncation": {"truncation": SHORT},
    "further key": {"hook": "x"},
    "model": {"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]]}},
    "model of a word": {"model": {"unk_token": "the"}},
    "added token": {"added_tokens": [MARK | {"id": 1, "content": "the", "special": True}]},
    "flags": {
        "added_tokens": [MARK | {"id": 0, "content": "<unk>", "special": True, "lstrip": True}]
    },
    "id": {"added_tokens": [MARK | {"id": 1, "content": "<unk>", "special": True}]},
    "no list": {"added_tokens": {"a": 1}},
    "no tokens": {"added_tokens": [3]},
    "huge id": {"model": {"vocab": {"<unk>": 2**70}}},
    "no numbers": {"model": {"vocab": {"<unk>": True}}},
    "vocabulary in a list": {"model": {"vocab": ["<unk>"]}},
}


def with_parts(spec: TokenizerSpec, path: Path, parts: dict[str, Any]) -> None:
    saved = json.loads(spec.train("the cat sat on the mat, the cat").fingerprint)
    if "type" not in parts.get("model", {"type": ""}):
        parts = {"model": saved["model"] | parts["model"]}
    path.write_text(json.dumps(saved | parts), encoding="utf-8")


@pytest.mark.parametrize("spec", [Word(), Char(), BPE(), WordsSpec(digits="zero")], ids=str)
def test_load_refuses_rules_that_the_config_does_not_build(
    tmp_path: Path, spec: TokenizerSpec
) -> None:
    path = tmp_path / "tokenizer.json"
    for name, parts in FOREIGN.items():
        with_parts(spec, path, parts)
        with pytest.raises(RnnkitError, match=r"tokenizer\.json: .*Copy the run again"):
            raise AssertionError(name, spec.load(path))


def test_load_refuses_the_rules_of_another_spec(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    with_parts(Word(lowercase=False), path, {})
    with pytest.raises(RnnkitError, match="another normalizer than the config builds"):
        Word().load(path)


def test_load_reads_what_earlier_versions_built(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    case, composed = {"type": "Lowercase"}, {"type": "NFC"}
    for order in ([case, composed], [composed, case]):
        normalizer = {"type": "Sequence", "normalizers": order}
        with_parts(Word(), path, {"normalizer": normalizer})
        assert Word().load(path).encode("The").tolist() == [1]


def test_load_reads_the_index_that_a_data_set_brings(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    keras_index(["the", "cat"]).save(path)
    brought = json.loads(keras_index(()).fingerprint)
    assert Word().load(path, brought).encode("The dog").tolist() == [1, 4, 2]
    with pytest.raises(RnnkitError, match="post_processor"):
        Word().load(path)


class Plain(Word):
    """A tokenizer of a user's own: words between blanks, and no normalizer."""

    def rules(self, model: Any) -> Any:
        rules = tokenizers.Tokenizer(model)
        rules.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
        return rules


class Unigrams(Plain):
    """The same, with another model."""

    def untrained(self, characters: int, special: list[str]) -> tuple[Any, Any]:
        trainer = tokenizers.trainers.UnigramTrainer(
            special_tokens=special, unk_token="<unk>", show_progress=False
        )
        return tokenizers.models.Unigram(), trainer


@pytest.mark.parametrize("spec", [Plain(), Unigrams()], ids=["plain", "unigrams"])
def test_load_reads_rules_of_a_users_own(tmp_path: Path, spec: TokenizerSpec) -> None:
    text = "the cat sat on the mat, The cat"
    trained = spec.train(text)
    trained.save(tmp_path / "tokenizer.json")
    loaded = spec.load(tmp_path / "tokenizer.json")
    assert loaded.encode(text).tolist() == trained.encode(text).tolist()
    with pytest.raises(RnnkitError, match=r"tokenizer\.json: another .*pre_tokenizer"):
        Word().load(tmp_path / "tokenizer.json")
