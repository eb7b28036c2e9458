"""Remarks on a text before training: sizes, and what is out of vocabulary."""

from __future__ import annotations

from collections.abc import Mapping

from rnnkit.data.raw.long_text import LongText
from rnnkit.quantities import counted
from rnnkit.tasks.language_model.data import LanguageCodec, LanguagePart
from rnnkit.tasks.next_token import unknown_notes


def describe(
    codec: LanguageCodec,
    parts: Mapping[str, LanguagePart],
    raw: Mapping[str, str | LongText],
    batch_size: int,
) -> list[str]:
    """Remarks on sizes and vocabulary.

    Args:
        codec: Has the vocabulary.
        parts: The parts that are encoded.
        raw: The raw text of all parts.
        batch_size: The training's batch size.
    """
    sizes = [
        _size(name, parts[name], batch_size)
        if name in parts
        else f"{name} {len(text):,} {'characters' if isinstance(text, str) else 'bytes'}"
        for name, text in raw.items()
    ]
    vocabulary = f"vocabulary of {len(codec.tokenizer) - 1:,} and <unk>"
    return [f"{', '.join(sizes)}; {vocabulary}", *_unknown(codec, parts)]


def describe_later(
    codec: LanguageCodec, name: str, part: LanguagePart, batch_size: int
) -> list[str]:
    """The remarks of `describe` on a part that is encoded on first use."""
    return [_size(name, part, batch_size), *_unknown(codec, {name: part})]


def _size(name: str, part: LanguagePart, batch_size: int) -> str:
    return f"{name} {counted(len(part.token_ids), 'token')} in {part.layout(batch_size)}"


def _unknown(codec: LanguageCodec, parts: Mapping[str, LanguagePart]) -> list[str]:
    return unknown_notes(
        (name, part.unknown(codec.tokenizer), len(part.token_ids)) for name, part in parts.items()
    )
