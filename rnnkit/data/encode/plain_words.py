"""A fast path for word tokenizers whose rules reduce to one class per character: compiled kernels,
or plain Python, which are many times as fast as the `tokenizers` library.
"""

from __future__ import annotations

import itertools
import json
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnnkit import kernels
from rnnkit.data.encode import graphemes
from rnnkit.data.encode.graphemes import INVISIBLE, WORD, without_surrogates
from rnnkit.kernels.words import JOINER, LETTER, MARK, SPACE, Bytes

_ASCII_WORD = r"[A-Za-z0-9]+(?:['\-][A-Za-z0-9]+)*"
_ASCII_MARK = r"[^\t-\r A-Za-z0-9]"
_CLASS = re.compile(r"\[(?:\\.|[^\[\]\\])+\]", re.DOTALL)

_LETTERS = string.ascii_letters + string.digits
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SPACES = "\t\n\v\f\r "


@dataclass(frozen=True)
class _Splitter:
    """How a normalized text is split into words.

    Args:
        split: Splits a text into words.
        classes: Classes of ASCII characters, as in `kernels.words`.
        otherwise: The class of ASCII characters that are not in `classes`.
        reads_all: Whether `split` is also correct beyond ASCII.
    """

    split: Callable[[str], Sequence[str]]
    classes: Mapping[str, int]
    otherwise: int
    reads_all: bool = False

    def bytes(self, characters: Mapping[int, str]) -> Bytes | None:
        """The splitter of the kernels, by byte; None unless each ASCII character is normalized to
        exactly one, and normalization is idempotent.

        Args:
            characters: The normalized form of each character.
        """
        written = "".join(characters[code] for code in range(128))
        again = "".join(characters[ord(character)] for character in written)
        if len(written) != 128 or not written.isascii() or again != written:
            return None
        classes = [self.classes.get(chr(code), self.otherwise) for code in range(128)]
        beyond = bytes(range(128, 256)), bytes([LETTER] * 128)
        marks = self.otherwise == MARK
        return Bytes(written.encode() + beyond[0], bytes(classes) + beyond[1], marks)


class PlainWords:
    """Encodes texts to the same ids as the `tokenizers` library.

    Args:
        rules: A tokenizers.Tokenizer.
        splitter: Splits a normalized text into words.
        first: Ids that are prepended to each text.
    """

    def __init__(self, rules: Any, splitter: _Splitter, first: Sequence[int]):
        self._splitter, self._first = splitter, list(first)
        self._added = [token.content for token in rules.get_added_tokens_decoder().values()]
        self._characters = _Characters(rules.normalizer)
        vocabulary = rules.get_vocab(with_added_tokens=False)
        self._ids = _Ids(vocabulary, vocabulary[rules.model.unk_token])
        table = splitter.bytes(self._characters) if kernels.is_available() else None
        self._words = table and kernels.Words(vocabulary, self._ids.unknown, table)

    @classmethod
    def of(cls, rules: Any) -> PlainWords | None:
        """The fast path for these rules; None if there is none."""
        added = rules.get_added_tokens_decoder().values()
        if type(rules.model).__name__ != "WordLevel" or rules.truncation or rules.padding:
            return None
        if any(t.normalized or t.single_word or t.lstrip or t.rstrip for t in added):
            return None
        kinds = _kinds(_state(rules.normalizer))
        first = _first_ids(_state(rules.post_processor))
        splitter = _splitter(_state(rules.pre_tokenizer))
        if first is None or None in kinds or splitter is None:
            return None
        if "ascii" in kinds:
            splitter = replace(splitter, reads_all=False)
        return cls(rules, splitter, first)

    def encode(self, texts: Sequence[str]) -> list[Sequence[int] | np.ndarray | None]:
        """Token ids of each text; None for texts that need the library."""
        rows: list[Sequence[int] | np.ndarray | None] = [None] * len(texts)
        indices = [index for index, text in enumerate(texts) if self._reads(text)]
        plain = [
            texts[index] if texts[index].isascii() else self._lower(texts[index])
            for index in indices
        ]
        if self._words is None:
            for index, text in zip(indices, plain, strict=True):
                rows[index] = self._in_python(text)
        elif indices:
            for index, row in zip(indices, self._by_kernel(self._words, plain), strict=True):
                rows[index] = row
        return rows

    def _reads(self, text: str) -> bool:
        is_known = self._splitter.reads_all or text.isascii()
        return is_known and not any(token in text for token in self._added)

    def _lower(self, text: str) -> str:
        """The text with its non-ASCII characters normalized."""
        return _NOT_ASCII.sub(lambda c: self._characters[ord(c[0])], without_surrogates(text))

    def _by_kernel(self, words: kernels.Words, texts: Sequence[str]) -> Iterator[np.ndarray]:
        ids, counts = words.encode(texts)
        ends, first = np.cumsum(counts), self._first
        if first:
            places = np.repeat(ends - counts, len(first))
            ids = np.insert(ids, places, np.tile(first, len(counts)))
            ends += len(first) * np.arange(1, len(counts) + 1)
        starts = [0, *ends.tolist()]
        return (ids[start:end] for start, end in itertools.pairwise(starts))

    def _in_python(self, text: str) -> list[int]:
        words = self._splitter.split(text.translate(self._characters))
        return [*self._first, *map(self._ids.__getitem__, words)]


class _Ids(dict[str, int]):
    def __init__(self, vocabulary: Mapping[str, int], unknown: int):
        super().__init__(vocabulary)
        self.unknown = unknown

    def __missing__(self, word: str) -> int:
        return self.unknown


class _Characters(dict[int, str]):
    """The normalized form of each character, computed on first use."""

    def __init__(self, normalizer: Any):
        super().__init__()
        self._normalizer = normalizer

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if self._normalizer is not None:
            character = self._normalizer.normalize_str(character)
        return self.setdefault(code, character)


def _splitter(rules: Any) -> _Splitter | None:
    """The splitter equal to a pre-tokenizer; None if rnnkit does not build that one."""
    spaces = dict.fromkeys(_SPACES, SPACE)
    of_words = {**spaces, **dict.fromkeys(_LETTERS, LETTER), **dict.fromkeys("'-", JOINER)}
    if rules == {"type": "WhitespaceSplit"}:
        return _Splitter(re.compile(r"[^\t-\r ]+").findall, spaces, LETTER)
    if rules == _split({"String": " "}, invert=False):
        return _Splitter(_at_spaces, {" ": SPACE}, LETTER, reads_all=True)
    if rules == _split({"Regex": f"{WORD}|{graphemes.MARK}"}, invert=True):
        return _Splitter(re.compile(f"{_ASCII_WORD}|{_ASCII_MARK}").findall, of_words, MARK)
    alone = rf"(?<!\S){WORD}|(?=[\p{{L}}\p{{N}}]){WORD}"
    if rules == _split({"Regex": alone}, invert=True):
        return _Splitter(re.compile(_ASCII_WORD).findall, of_words, SPACE)
    return None


def _split(pattern: dict[str, str], *, invert: bool) -> dict[str, Any]:
    return {"type": "Split", "pattern": pattern, "behavior": "Removed", "invert": invert}


def _at_spaces(text: str) -> list[str]:
    return list(filter(None, text.split(" ")))


def _state(part: Any) -> Any:
    """A part of a tokenizer, as in tokenizer.json."""
    return None if part is None else json.loads(part.__getstate__())


def _kinds(normalizer: Any) -> set[str | None]:
    """The kinds of the parts of a normalizer: "character" if it acts on each character on its own,
    "ascii" if only on ASCII texts, None if not at all.
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
    """The ids that are prepended to each text; None if ids are inserted elsewhere."""
    if post_processor is None:
        return []
    if post_processor["type"] != "TemplateProcessing":
        return None
    *first, last = post_processor["single"]
    if "Sequence" not in last or not all("SpecialToken" in part for part in first):
        return None
    tokens = post_processor["special_tokens"]
    return [token_id for part in first for token_id in tokens[part["SpecialToken"]["id"]]["ids"]]
