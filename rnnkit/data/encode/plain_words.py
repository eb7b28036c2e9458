"""Words to ids in plain Python, where that is what the rules of the `tokenizers` library come to:
the library takes ten times as long for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rnnkit.data.encode.graphemes import INVISIBLE, MARK, WORD, without_surrogates

_ASCII_WORD = r"[A-Za-z0-9]+(?:['\-][A-Za-z0-9]+)*"
_ASCII_MARK = r"[^\t-\r A-Za-z0-9]"
_CLASS = re.compile(r"\[(?:\\.|[^\[\]\\])+\]", re.DOTALL)

Split = Callable[[str], Sequence[str]]


class PlainWords:
    """The same ids as the library's, for the texts that `reads`.

    Args:
        rules: A tokenizers.Tokenizer.
        split: A text after the normalizer to its words.
        first: The ids that come before each text's.
        reads_all: Whether the split holds beyond ASCII.
    """

    def __init__(self, rules: Any, split: Split, first: Sequence[int], *, reads_all: bool):
        self._split, self._first, self._reads_all = split, list(first), reads_all
        self._added = [token.content for token in rules.get_added_tokens_decoder().values()]
        self._characters = _Characters(rules.normalizer)
        vocabulary = rules.get_vocab(with_added_tokens=False)
        self._ids = _Ids(vocabulary, vocabulary[rules.model.unk_token])

    @classmethod
    def of(cls, rules: Any) -> PlainWords | None:
        """What does the same as these rules; None where nothing does."""
        added = rules.get_added_tokens_decoder().values()
        if type(rules.model).__name__ != "WordLevel" or rules.truncation or rules.padding:
            return None
        if any(one.normalized or one.single_word or one.lstrip or one.rstrip for one in added):
            return None
        normalizer, splitter = _state(rules.normalizer), _state(rules.pre_tokenizer)
        first, kinds = _first_ids(_state(rules.post_processor)), _kinds(normalizer)
        if first is None or None in kinds:
            return None
        if splitter == {"type": "Split", "pattern": {"String": " "}, **_REMOVED}:
            return cls(rules, _at_spaces, first, reads_all=kinds <= {"character"})
        pattern = _ascii_pattern(splitter)
        if pattern is None:
            return None
        return cls(rules, re.compile(pattern).findall, first, reads_all=False)

    def reads(self, text: str) -> bool:
        """Whether this text is read as the library reads it."""
        is_known = self._reads_all or text.isascii()
        return is_known and not any(token in text for token in self._added)

    def encode(self, text: str) -> list[int]:
        """Token ids."""
        text = text if text.isascii() else without_surrogates(text)
        words = self._split(text.translate(self._characters))
        return [*self._first, *map(self._ids.__getitem__, words)]


class _Ids(dict[str, int]):
    def __init__(self, vocabulary: Mapping[str, int], unknown: int):
        super().__init__(vocabulary)
        self._unknown = unknown

    def __missing__(self, word: str) -> int:
        return self._unknown


class _Characters(dict[int, str]):
    """What the normalizer makes of each character, asked for once."""

    def __init__(self, normalizer: Any):
        super().__init__()
        self._normalizer = normalizer

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if self._normalizer is not None:
            character = self._normalizer.normalize_str(character)
        return self.setdefault(code, character)


_REMOVED = {"behavior": "Removed", "invert": False}
_KEPT = {"behavior": "Removed", "invert": True}


def _at_spaces(text: str) -> list[str]:
    return list(filter(None, text.split(" ")))


def _ascii_pattern(splitter: Any) -> str | None:
    """A pattern of the pieces that a pre-tokenizer leaves of an ASCII text."""
    if splitter == {"type": "WhitespaceSplit"}:
        return r"[^\t-\r ]+"
    alone = rf"(?<!\S){WORD}|(?=[\p{{L}}\p{{N}}]){WORD}"
    for regex, pattern in (
        (f"{WORD}|{MARK}", f"{_ASCII_WORD}|{_ASCII_MARK}"),
        (alone, _ASCII_WORD),
    ):
        if splitter == {"type": "Split", "pattern": {"Regex": regex}, **_KEPT}:
            return pattern
    return None


def _state(part: Any) -> Any:
    """What a part of a tokenizer is made of, as in tokenizer.json."""
    return None if part is None else json.loads(part.__getstate__())


def _kinds(normalizer: Any) -> set[str | None]:
    """What holds of the parts: "character" where each character is normalized on its own, "ascii"
    where that is so in ASCII alone, None where it is not.
    """
    if normalizer is None:
        return set()
    if normalizer["type"] == "Sequence":
        return {kind for part in normalizer["normalizers"] for kind in _kinds(part)}
    if normalizer["type"] == "Lowercase":
        return {"character"}
    if normalizer["type"] == "NFC":
        return {"ascii"}
    if normalizer["type"] != "Replace":
        return {None}
    ((kind, pattern),) = normalizer["pattern"].items()
    if kind == "String":
        return {"character" if len(pattern) == 1 else None}
    if pattern == INVISIBLE:
        return {"ascii"}
    return {"character" if _CLASS.fullmatch(pattern) and "&&" not in pattern else None}


def _first_ids(post_processor: Any) -> list[int] | None:
    """The ids before each text; None where there are others."""
    if post_processor is None:
        return []
    if post_processor["type"] != "TemplateProcessing":
        return None
    *first, last = post_processor["single"]
    if "Sequence" not in last or not all("SpecialToken" in part for part in first):
        return None
    tokens = post_processor["special_tokens"]
    return [one for part in first for one in tokens[part["SpecialToken"]["id"]]["ids"]]
