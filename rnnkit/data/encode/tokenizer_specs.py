"""Specs of tokenizers: words, characters and subwords."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.data.encode.graphemes import MARK, WORD, visible_rules, without_surrogates
from rnnkit.data.encode.tokenizer import ENDS, PAD, UNKNOWN, Tokenizer
from rnnkit.data.encode.tokenizer_file import built, earlier, read_rules
from rnnkit.errors import RnnkitError
from rnnkit.registry import name_of
from rnnkit.storage.damage import blaming
from rnnkit.storage.records import AGAIN, WHOLE


class TokenizerSpec(Spec):
    """The base of all tokenizer specs."""

    vocab_size: int | None = Field(
        None, ge=2, le=1_000_000_000, description="keep this many of the most frequent tokens"
    )
    min_frequency: int = Field(1, ge=1, le=1_000_000_000, description="leave out rarer tokens")
    lowercase: bool = Field(True, description="lowercase everything first")

    cuts_at_space: ClassVar[bool] = True
    unit: ClassVar[str] = "words"
    is_lossless: ClassVar[bool] = False
    """Whether the tokens reproduce the text exactly, so that bits per character are defined."""

    @abstractmethod
    def pre_tokenizer(self) -> Any:
        """The pre-tokenizer of the `tokenizers` library that splits a normalized text."""

    @abstractmethod
    def join(self, tokens: Sequence[str]) -> str:
        """Joins tokens to readable text."""

    def replacements(self) -> list[Any]:
        """Further normalizers of the `tokenizers` library."""
        return []

    def untrained(self, characters: int, special: list[str]) -> tuple[Any, Any]:
        """A model of the `tokenizers` library without vocabulary, and its trainer.

        Args:
            characters: Characters of the text, an upper bound on its distinct tokens.
            special: The first tokens of the vocabulary.
        """
        from tokenizers import models, trainers

        # the trainer needs a limit
        size = self.vocab_size or characters + len(special)
        trainer = trainers.WordLevelTrainer(
            vocab_size=size,
            min_frequency=self.min_frequency,
            special_tokens=special,
            show_progress=False,
        )
        return models.WordLevel(unk_token=UNKNOWN), trainer

    def rules(self, model: Any) -> Any:
        """A tokenizers.Tokenizer with the rules of this spec."""
        import tokenizers
        from tokenizers import normalizers

        rules = tokenizers.Tokenizer(model)
        # NFC last: lowercasing may produce letters that compose further
        rules.normalizer = normalizers.Sequence(
            [
                *([normalizers.Lowercase()] if self.lowercase else []),
                *self.replacements(),
                normalizers.NFC(),
            ]
        )
        rules.pre_tokenizer = self.pre_tokenizer()
        return rules

    def train(
        self, *texts: str, padding: bool = False, ends: bool = False, key: str = ""
    ) -> Tokenizer:
        """Trains a tokenizer: special tokens first, then ids by falling frequency.

        Args:
            texts: The training set.
            padding: Whether `<pad>` is token 0, before `<unk>`.
            ends: Whether `<start>` and `<end>` follow `<unk>`.
            key: The config key of the spec, for error messages; "" for `data.tokenizer`.

        Raises:
            RnnkitError: If no token is frequent enough.
        """
        special = [*([PAD] if padding else []), UNKNOWN, *(ENDS if ends else [])]
        return self.train_on(texts, sum(map(len, texts)), special, key)

    def train_on(
        self, pieces: Iterable[str], characters: int, special: list[str], key: str = ""
    ) -> Tokenizer:
        """Trains a tokenizer on a text that need not fit in memory.

        Args:
            pieces: The training set, split at white space.
            characters: An upper bound on its number of characters.
            special: The first tokens of the vocabulary, `<unk>` among them.
            key: As in `train`.
        """
        model, trainer = self.untrained(characters, special)
        rules = self.rules(model)
        # a special token that occurs in the text must not be counted as a word
        pattern = re.compile("|".join(special), re.IGNORECASE if self.lowercase else 0)
        rules.train_from_iterator(
            (piece for text in pieces for piece in pattern.split(without_surrogates(text))),
            trainer,
        )
        trained = Tokenizer(rules, self.join)
        if len(trained) == len(special) and self.min_frequency > 1:
            where = key or f"data.tokenizer.{name_of('tokenizer', type(self))}"
            got = f"found {self.min_frequency}, but no token occurs that often"
            expected = "Expected a smaller number, or a longer text"
            raise RnnkitError(f"{where}.min_frequency", got, expected)
        return trained

    def load(self, path: Path, *others: dict[str, Any]) -> Tokenizer:
        """Loads the tokenizer of a run.

        Args:
            path: tokenizer.json.
            others: Further accepted contents, as `built` returns them.

        Raises:
            RnnkitError: If the file is missing or damaged, or has other rules than this spec.
        """
        if not path.exists():
            raise RnnkitError(str(path), "no such file", WHOLE, AGAIN)
        with blaming(str(path), "damaged tokenizer", WHOLE, AGAIN):
            forms = [*earlier(built(self, UNKNOWN)), *others]
            return Tokenizer(read_rules(path, forms, (PAD, UNKNOWN, *ENDS)), self.join)


class Word(TokenizerSpec):
    """Words; an apostrophe, hyphen or joiner inside a word belongs to it, an emoji sequence is one
    token, and invisible characters are ignored.
    """

    short: ClassVar[str | None] = "punctuation"
    punctuation: Literal["separate", "removed", "kept"] = Field(
        "separate", description="marks as tokens of their own, removed, or kept as part of words"
    )

    def pre_tokenizer(self) -> Any:
        from tokenizers import Regex, pre_tokenizers

        if self.punctuation == "kept":
            return pre_tokenizers.WhitespaceSplit()
        # with marks removed, the variation selector of an emoji must not become a word
        alone = rf"(?<!\S){WORD}|(?=[\p{{L}}\p{{N}}]){WORD}"
        pattern = f"{WORD}|{MARK}" if self.punctuation == "separate" else alone
        return pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True)

    def replacements(self) -> list[Any]:
        return visible_rules(word_break=" ")

    def join(self, tokens: Sequence[str]) -> str:
        return _spaced(tokens) if self.punctuation == "separate" else " ".join(tokens)


class Char(TokenizerSpec):
    """Characters, including white space."""

    cuts_at_space: ClassVar[bool] = False
    unit: ClassVar[str] = "characters"
    is_lossless: ClassVar[bool] = True
    lowercase: bool = Field(False, description="lowercase everything first")

    def pre_tokenizer(self) -> Any:
        from tokenizers import Regex, pre_tokenizers

        return pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")

    def join(self, tokens: Sequence[str]) -> str:
        return "".join(tokens)


class BPE(TokenizerSpec):
    """Subwords by byte-level byte-pair encoding (Sennrich et al. 2016): nothing is out of
    vocabulary; ids in the order of the merges.
    """

    short: ClassVar[str | None] = "vocab_size"
    unit: ClassVar[str] = "tokens"
    is_lossless: ClassVar[bool] = True
    vocab_size: int = Field(
        1000,
        ge=300,
        le=1_000_000_000,
        description="tokens in the vocabulary, the 256 bytes included",
    )
    min_frequency: int = Field(2, ge=1, le=1_000_000_000, description="merge no rarer pairs")
    lowercase: bool = Field(False, description="lowercase everything first")

    def untrained(self, characters: int, special: list[str]) -> tuple[Any, Any]:
        from tokenizers import models, pre_tokenizers, trainers

        trainer = trainers.BpeTrainer(
            vocab_size=self.vocab_size,
            min_frequency=self.min_frequency,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        return models.BPE(unk_token=UNKNOWN), trainer

    def pre_tokenizer(self) -> Any:
        from tokenizers import pre_tokenizers

        return pre_tokenizers.ByteLevel(add_prefix_space=False)

    def join(self, tokens: Sequence[str]) -> str:
        from tokenizers import decoders

        return str(decoders.ByteLevel().decode(list(tokens)))


_NO_SPACE_BEFORE = set(".,;:!?)]}%…’”»")
_NO_SPACE_AFTER = set("([{“‘«¿¡")
_PAIRED = set("\"'")
_REGIONS = "\U0001f1e6\U0001f1ff"  # first and last regional indicator; two make a flag


def _spaced(tokens: Sequence[str]) -> str:
    """Joins words and marks with the usual spacing of punctuation."""
    text, open_marks, is_glued = "", set[str](), True
    for token in tokens:
        opens = token in _NO_SPACE_AFTER or (token in _PAIRED and token not in open_marks)
        closes = token in _NO_SPACE_BEFORE or (token in _PAIRED and token in open_marks)
        is_letter = token[0].isalnum() or _REGIONS[0] <= token <= _REGIONS[1]
        repeats = not is_letter and text.endswith(token) and token not in _PAIRED
        text += token if is_glued or closes or repeats else f" {token}"
        if token in _PAIRED:
            open_marks ^= {token}
        is_glued = opens
    return text
