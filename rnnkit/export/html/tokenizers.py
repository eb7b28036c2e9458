"""The rules of a tokenizer for the page (tokens.js)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rnnkit.data.encode.graphemes import INVISIBLE, WORD_BREAK
from rnnkit.data.encode.sentence import pattern_of
from rnnkit.data.encode.tokenizer import ENDS, PAD, Tokenizer
from rnnkit.data.encode.tokenizer_specs import BPE, Char, Word
from rnnkit.data.encode.words import WordsSpec
from rnnkit.errors import RnnkitError
from rnnkit.export.html.patterns import Pattern, javascript, quoted

Description = dict[str, Any]
"""An object for JSON."""

BYTES = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""How a text is split before its bytes are merged (Radford et al. 2019)."""

# by exact function, as a user's tokenizer may write something else
JOINS: dict[Callable[..., str], Callable[[Any], str]] = {
    Word.join: lambda spec: "spaced" if spec.punctuation == "separate" else "spaces",
    Char.join: lambda spec: "",
    BPE.join: lambda spec: "bytes",
    WordsSpec.join: lambda spec: "spaces",
}


def describe(tokenizer: Tokenizer) -> Description:
    """The vocabulary and the rules of a tokenizer, and how it joins tokens.

    Raises:
        RnnkitError: If the page cannot follow its rules.
    """
    rules = json.loads(tokenizer.fingerprint)
    try:
        return {
            "vocabulary": tokenizer.vocabulary,
            "unknown": tokenizer.unknown_id,
            "marks": _marks(rules),
            "added": {token["content"]: token["id"] for token in rules["added_tokens"]},
            "normalizers": _normalizers(rules["normalizer"]),
            "split": _split(rules["pre_tokenizer"]),
            "merges": _merges(rules["model"]),
            "first": _first(rules["post_processor"]),
            "join": _join(tokenizer),
        }
    except (KeyError, ValueError, TypeError) as error:
        got = f"a page cannot follow the tokenizer's rules: {error}"
        raise RnnkitError("", got, "Expected a tokenizer of rnnkit's own") from None


def sentences(tokenizer: Tokenizer) -> Description:
    """The rules that split a plain text into the tokens of a sentence."""
    graphemes = tokenizer.hides_invisible
    breaks = {"pattern": Pattern(WORD_BREAK, "gu")._asdict(), "by": " ", "plain": True}
    hidden = {"pattern": javascript(INVISIBLE)._asdict(), "by": "", "plain": True}
    pattern = javascript(pattern_of(graphemes=graphemes))
    return {
        "normalizers": [breaks, hidden] if graphemes else [],
        "split": {"pattern": pattern._asdict(), "takes": "matches"},
    }


def _marks(rules: Description) -> list[int]:
    """The ids of special tokens, which no text is tokenized to."""
    vocabulary = rules["model"]["vocab"]
    added = {token["content"] for token in rules["added_tokens"]}
    ends = [vocabulary[token] for token in ENDS if token in added]
    return [*ends, *(vocabulary[token] for token in (PAD,) if token in vocabulary)]


def _normalizers(part: Description | None) -> list[Description]:
    if part is None:
        return []
    if part["type"] == "Sequence":
        return [rule for inner in part["normalizers"] for rule in _normalizers(inner)]
    if part["type"] == "Replace":
        (kind, text), by = next(iter(part["pattern"].items())), part["content"]
        pattern = javascript(text) if kind == "Regex" else Pattern(quoted(text), "gu")
        return [{"pattern": pattern._asdict(), "by": by, "plain": by != "0"}]
    if part["type"] not in ("Lowercase", "NFC"):
        raise ValueError(f"the normalizer {part['type']}")
    return [{"name": part["type"], "plain": part["type"] == "NFC"}]


def _split(part: Description) -> Description:
    if part["type"] == "WhitespaceSplit":
        return {"pattern": javascript(r"\S+")._asdict(), "takes": "matches"}
    if part["type"] == "ByteLevel" and not part["add_prefix_space"]:
        return {"pattern": javascript(BYTES)._asdict(), "takes": "matches"}
    if part["type"] != "Split":
        raise ValueError(f"the pre-tokenizer {part['type']}")
    ((kind, text),) = part["pattern"].items()
    pattern = javascript(text) if kind == "Regex" else Pattern(quoted(text), "gu")
    is_each_character = part["behavior"] == "Isolated" and text == r"[\s\S]"
    if not is_each_character and part["behavior"] != "Removed":
        raise ValueError(f"the split {part['behavior']}")
    takes = "matches" if is_each_character or part["invert"] else "between"
    return {"pattern": pattern._asdict(), "takes": takes}


def _merges(model: Description) -> list[list[str]] | None:
    """The pairs of a byte-pair encoding; None for whole words."""
    if model["type"] == "WordLevel":
        return None
    if model["type"] != "BPE" or model.get("byte_fallback") or model.get("dropout"):
        raise ValueError(f"the model {model['type']}")
    return [pair if isinstance(pair, list) else pair.split(" ") for pair in model["merges"]]


def _first(part: Description | None) -> list[int]:
    """The ids before each text."""
    if part is None or part["type"] == "ByteLevel":
        return []
    if part["type"] != "TemplateProcessing" or "Sequence" not in part["single"][-1]:
        raise ValueError(f"the post-processor {part['type']}")
    names = [item["SpecialToken"]["id"] for item in part["single"][:-1]]
    return [token for name in names for token in part["special_tokens"][name]["ids"]]


def _join(tokenizer: Tokenizer) -> str:
    join = tokenizer.join
    if join == " ".join:
        return "spaces"
    function = getattr(join, "__func__", None)
    if function not in JOINS:
        raise ValueError(f"how {getattr(join, '__qualname__', join)} writes a text")
    return JOINS[function](getattr(join, "__self__", None))
