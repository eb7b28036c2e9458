"""Reads tokenizer.json safely: only the vocabulary is taken from the file, and its rules must equal
those that the config builds, so that no foreign normalizer or regular expression ever runs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from rnnkit.errors import RnnkitError
from rnnkit.storage import read_bytes
from rnnkit.storage.records import AGAIN, WHOLE, parse_json

LEARNT = ("vocab", "merges")  # the trained keys of the model
SPECIAL = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}

_WORD = r"[\p{L}\p{N}\p{M}]+(?:['’\-][\p{L}\p{N}\p{M}]+)*"
_EARLIER = (_WORD, rf"{_WORD}|[^\s\p{{L}}\p{{N}}\p{{M}}]")


class Rules(Protocol):
    """A spec that builds a tokenizer of the `tokenizers` library."""

    def untrained(self, characters: int, special: list[str]) -> tuple[Any, Any]: ...

    def rules(self, model: Any) -> Any: ...


def built(spec: Rules, unknown: str) -> dict[str, Any]:
    """The content of tokenizer.json that a spec builds, except for the vocabulary."""
    model, trainer = spec.untrained(1, [unknown])
    rules = spec.rules(model)
    rules.train_from_iterator(["a"], trainer)  # training completes the parameters of some models
    parts: dict[str, Any] = json.loads(rules.to_str())
    return parts


def earlier(parts: dict[str, Any]) -> list[dict[str, Any]]:
    """These parts, and those that earlier versions of rnnkit built: without rules for invisible
    characters, and with other patterns of a word. User-defined rules have no earlier versions.
    """
    if not parts["pre_tokenizer"] or "normalizers" not in (parts["normalizer"] or {}):
        return [parts]
    normalizers = parts["normalizer"]["normalizers"]
    cases = [part for part in normalizers if part["type"] == "Lowercase"]
    digits = [part for part in normalizers if part.get("content") == "0"]
    composed = {"type": "NFC"}
    orders = [[*cases, *digits, composed], [composed, *cases]]
    splits = [parts["pre_tokenizer"]]
    if splits[0].get("invert"):  # a pattern of words
        splits += [{**splits[0], "pattern": {"Regex": pattern}} for pattern in _EARLIER]
    return [
        {**parts, "normalizer": {"type": "Sequence", "normalizers": order}, "pre_tokenizer": split}
        for order in [normalizers, *orders]
        for split in splits
    ]


def read_rules(path: Path, forms: Sequence[dict[str, Any]], special: Sequence[str]) -> Any:
    """Builds the tokenizers.Tokenizer of a file from known rules and the vocabulary in the file.

    Args:
        path: The file.
        forms: The accepted contents, as `built` returns them.
        special: The accepted special tokens.

    Raises:
        RnnkitError: If the file is missing or damaged, or has other rules.
    """
    import tokenizers

    where, what = str(path), "damaged tokenizer"
    data = parse_json(read_bytes(path, links=False), where, what, WHOLE, AGAIN)
    if not isinstance(data, dict) or not isinstance(data.get("model"), dict):
        raise TypeError("it has no model")
    differing = [_differences(data, form) for form in forms]
    if all(differing):
        names = " and ".join(sorted(differing, key=len)[0])
        got = f"another {names} than the config builds"
        raise RnnkitError(where, got, "Expected that of data.tokenizer", AGAIN)
    form = forms[differing.index([])]
    model = form["model"] | {key: data["model"][key] for key in LEARNT if key in data["model"]}
    added = _added(data.get("added_tokens"), model["vocab"], special)
    return tokenizers.Tokenizer.from_str(
        json.dumps({**form, "model": model, "added_tokens": added})
    )


def _differences(data: dict[str, Any], form: dict[str, Any]) -> list[str]:
    """The keys of the parts that differ from a form."""
    keys = [*form, *(key for key in data if key not in form)]
    return [
        key
        for key in keys
        if key != "added_tokens" and _rules_at(data, key) != _rules_at(form, key)
    ]


def _rules_at(data: dict[str, Any], key: str) -> Any:
    """A part of tokenizer.json without its vocabulary, for comparison."""
    part = data.get(key)
    if key == "model" and isinstance(part, dict):
        part = {name: value for name, value in part.items() if name not in LEARNT}
    return _without_defaults(part)


def _without_defaults(part: Any) -> Any:
    """Drops null and false values, which some versions of the library leave out."""
    if isinstance(part, dict):
        return {
            name: _without_defaults(value)
            for name, value in part.items()
            if value is not None and value is not False
        }
    return list(map(_without_defaults, part)) if isinstance(part, list) else part


def _added(tokens: Any, vocabulary: Any, special: Sequence[str]) -> list[dict[str, Any]]:
    """Checks the special tokens of a file and their flags."""
    if isinstance(vocabulary, list):  # a Unigram model: (token, score)
        vocabulary = {token: number for number, (token, _) in enumerate(vocabulary)}
    if not isinstance(vocabulary, dict):
        raise TypeError("its vocabulary is not a mapping")
    if sorted(map(_id, vocabulary.values())) != list(range(len(vocabulary))):
        raise ValueError("its ids are not 0, 1, 2 and so on")
    if not isinstance(tokens, list):
        raise TypeError("its added tokens are not a list")
    for token in tokens:
        flags = {**SPECIAL, "special": True, "id": vocabulary[token["content"]]}
        if token["content"] not in special or token != {**flags, "content": token["content"]}:
            raise ValueError(f"it sets {token['content']!r} apart, as no tokenizer of rnnkit does")
    return tokens


def _id(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("its ids are not 0, 1, 2 and so on")
    return value
