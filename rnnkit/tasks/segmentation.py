"""Advice on tokenizers for texts that words do not split well, as in languages without spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec, Word
from rnnkit.quantities import percent

FEW = 2  # tokens per text
MOST = 0.5  # share of unknown tokens
MANY = 0.3  # the same without spaces, where marks between phrases are known tokens

# Thai, Lao, Tibetan, Myanmar, Khmer, kana, Han, and their extensions
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U000323af]"
)


def tokenizer_advice(
    spec: TokenizerSpec,
    key: str,
    tokenizer: Tokenizer,
    parts: Mapping[str, Sequences],
    ends: int = 0,
) -> list[str]:
    """A line of advice if words leave most of validation unknown: in texts of a language without
    spaces, or of a word or two.

    Args:
        spec: How texts are tokenized.
        key: Its key in the config.
        tokenizer: Has its vocabulary.
        parts: The token ids of each part's texts.
        ends: How many of a text's ids mark its ends.
    """
    if not isinstance(spec, Word):
        return []
    unknown = None
    if "validation" in parts:
        texts = parts["validation"]
        count = np.count_nonzero(texts.flat == tokenizer.unknown_id)
        unknown = int(count) / max(1, len(texts.flat) - ends * len(texts))
    length = float(parts["train"].lengths.mean()) - ends
    spaceless = _are_without_spaces(tokenizer.vocabulary)
    few = length <= FEW
    if unknown is None:
        is_wrong = spaceless and few
    else:
        is_wrong = unknown > (MANY if spaceless else MOST) and (spaceless or few)
    if not is_wrong:
        return []
    seen = f"validation: {percent(unknown)} <unk>, " if unknown is not None else ""
    why = "these texts have no spaces between words" if spaceless else "texts have a word or two"
    return [f"{seen}{why}: `{key}: char` reads their characters (or bpe)"]


def _are_without_spaces(vocabulary: Iterable[str]) -> bool:
    """Whether most letters of a vocabulary belong to scripts that do not separate words."""
    text = "".join(token for token in vocabulary if not token.startswith("<"))
    letters = sum(character.isalpha() for character in text)
    return letters > 0 and len(_WITHOUT_SPACES.findall(text)) > letters / 2
