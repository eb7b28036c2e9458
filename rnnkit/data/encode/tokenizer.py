"""From text to token ids and back, by the `tokenizers` library; one tokenizer.json keeps vocabulary
and rules.
"""

from __future__ import annotations

import re
import unicodedata
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.data.encode.ragged import Sequences
from rnnkit.errors import RnnkitError, nearest
from rnnkit.registry import name_of
from rnnkit.storage import write_text

UNKNOWN = "<unk>"
PAD = "<pad>"
ENDS = ("<start>", "<end>")

ENCODED_AT_ONCE = 4096

_WORD = r"[\p{L}\p{N}\p{M}]+(?:['’\-][\p{L}\p{N}\p{M}]+)*"
_MARK = r"[^\s\p{L}\p{N}\p{M}]"


class Tokenizer:
    """A trained tokenizer.

    Args:
        rules: A tokenizers.Tokenizer.
        join: Makes readable text of tokens.
    """

    def __init__(self, rules: Any, join: Callable[[Sequence[str]], str]):
        self._rules, self._join = rules, join
        vocabulary = rules.get_vocab()
        self.vocabulary: list[str] = sorted(vocabulary, key=vocabulary.__getitem__)
        if [vocabulary[token] for token in self.vocabulary] != list(range(len(vocabulary))):
            raise ValueError("its ids are not 0, 1, 2 and so on")
        self.unknown_id: int = vocabulary[UNKNOWN]
        self.pad_id: int | None = vocabulary.get(PAD)
        added = {token.content for token in rules.get_added_tokens_decoder().values()}
        self._marks = [
            vocabulary[token]
            for token in (PAD, *ENDS)
            if token in (added if token in ENDS else vocabulary)
        ]

    def __len__(self) -> int:
        return len(self.vocabulary)

    def encode(self, text: str) -> np.ndarray:
        """Token ids, (tokens,) int32; `<unk>` for what the vocabulary lacks."""
        return self._without_marks(np.array(self._encoding(text).ids, dtype=np.int32))

    def encode_all(self, texts: Sequence[str]) -> Sequences:
        """Token ids of many texts."""
        sequences = Sequences.of(
            encoding.ids for encoding in self._encodings(texts, self._rules.encode_batch_fast)
        )
        return Sequences(self._without_marks(sequences.flat), sequences.lengths)

    def encode_with_pieces(self, texts: Sequence[str]) -> tuple[Sequences, list[str]]:
        """Token ids of many texts, and each of these tokens as it stands in its text, also where
        the vocabulary lacks it.
        """
        # as the rules do, so that no mark falls out of a piece
        texts = [unicodedata.normalize("NFC", text) for text in texts]
        pieces: list[str] = []

        def encoded() -> Iterator[Sequence[int]]:
            for text, encoding in zip(
                texts, self._encodings(texts, self._rules.encode_batch), strict=True
            ):
                pieces.extend(text[start:end] for start, end in encoding.offsets)
                yield encoding.ids

        sequences = Sequences.of(encoded())
        return Sequences(self._without_marks(sequences.flat), sequences.lengths), pieces

    def _encodings(
        self, texts: Sequence[str], encode_batch: Callable[[list[str]], Any]
    ) -> Iterator[Any]:
        for start in range(0, len(texts), ENCODED_AT_ONCE):
            yield from encode_batch(
                [_without_surrogates(text) for text in texts[start : start + ENCODED_AT_ONCE]]
            )

    def _without_marks(self, token_ids: np.ndarray) -> np.ndarray:
        # A text that spells a token of ours, such as <pad> or <end>, must not be taken for its own
        # end.
        return (
            np.where(np.isin(token_ids, self._marks), np.int32(self.unknown_id), token_ids)
            if self._marks
            else token_ids
        )

    def tokens(self, token_ids: Iterable[int]) -> list[str]:
        """The tokens as they stand in the vocabulary."""
        return [self.vocabulary[token_id] for token_id in token_ids]

    def text(self, token_ids: Iterable[int]) -> str:
        """The tokens as readable text: "enemy, the cat." """
        return self._join(self.tokens(token_ids))

    def unknown(self, text: str) -> list[str]:
        """The different words (or characters) of `text` that the vocabulary lacks, in order, as
        they stand in the text (in NFC).
        """
        text = unicodedata.normalize("NFC", text)
        encoding = self._encoding(text)
        places = [
            place
            for place, token_id in zip(encoding.offsets, encoding.ids, strict=True)
            if token_id in (self.unknown_id, self.pad_id)
        ]
        return list(dict.fromkeys(text[start:end] for start, end in places))

    def encode_known(self, text: str) -> np.ndarray:
        """Token ids of a text that must hold known words only.

        Raises:
            RnnkitError: With the unknown words and the nearest known ones.
        """
        unknown = self.unknown(text)
        if unknown:
            known = [token for token in self.vocabulary if token not in (UNKNOWN, PAD)]
            near = {word: nearest(word, known) for word in unknown}
            named = ", ".join(repr(word) for word in unknown)
            hints = [f"near {word!r}: {', '.join(words)}" for word, words in near.items() if words]
            raise RnnkitError(
                "",
                f"not in the vocabulary of {len(known)}: {named}",
                "Expected words of the training text",
                "; ".join(hints),
            )
        return self.encode(text)

    def _encoding(self, text: str) -> Any:
        return self._rules.encode(_without_surrogates(text))

    def save(self, path: Path) -> None:
        """Writes tokenizer.json."""
        write_text(path, self._rules.to_str(pretty=True))


def _without_surrogates(text: str) -> str:
    # Bytes of a command line that are no UTF-8 arrive as lone surrogates, which the library
    # refuses.
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


class TokenizerSpec(Spec):
    """The base of every tokenizer's spec."""

    vocab_size: int | None = Field(
        None, ge=2, le=1_000_000_000, description="keep so many of the most frequent tokens"
    )
    min_frequency: int = Field(1, ge=1, le=1_000_000_000, description="leave out rarer tokens")
    lowercase: bool = Field(True, description="write everything in lower case first")

    cuts_at_space: ClassVar[bool] = True
    unit: ClassVar[str] = "words"
    is_lossless: ClassVar[bool] = False
    """Whether the tokens spell the text, so that bits can be counted for each character."""

    @abstractmethod
    def pre_tokenizer(self) -> Any:
        """How text is cut into tokens."""

    @abstractmethod
    def join(self, tokens: Sequence[str]) -> str:
        """Readable text."""

    def replacements(self) -> list[Any]:
        """Further normalizers of the `tokenizers` library."""
        return []

    def untrained(self, characters: int, special: list[str]) -> tuple[Any, Any]:
        """A tokenizers model without vocabulary, and the trainer that gives it one.

        Args:
            characters: In the text; it cannot have more different tokens.
            special: The first tokens of the vocabulary.
        """
        from tokenizers import models, trainers

        # The trainer knows no "unlimited".
        size = self.vocab_size or characters + len(special)
        trainer = trainers.WordLevelTrainer(
            vocab_size=size,
            min_frequency=self.min_frequency,
            special_tokens=special,
            show_progress=False,
        )
        return models.WordLevel(unk_token=UNKNOWN), trainer

    def train(self, *texts: str, padding: bool = False, ends: bool = False) -> Tokenizer:
        """A tokenizer whose vocabulary is that of `texts`; special tokens first, then ids by
        falling frequency.

        Args:
            texts: The training part.
            padding: Whether `<pad>` is token 0, before `<unk>`.
            ends: Whether `<start>` and `<end>` come after `<unk>`.

        Raises:
            RnnkitError: If no token is frequent enough.
        """
        special = [*([PAD] if padding else []), UNKNOWN, *(ENDS if ends else [])]
        return self.train_on(texts, sum(map(len, texts)), special)

    def train_on(self, pieces: Iterable[str], characters: int, special: list[str]) -> Tokenizer:
        """The same for a text that need not be in memory at once.

        Args:
            pieces: The training part, cut where white space is.
            characters: At least as many as it has.
            special: The first tokens of the vocabulary, `<unk>` among them.

        Raises:
            RnnkitError: If no token is frequent enough.
        """
        import tokenizers
        from tokenizers import normalizers

        model, trainer = self.untrained(characters, special)
        rules = tokenizers.Tokenizer(model)
        # NFC last: the lower case of a composed letter may compose further.
        rules.normalizer = normalizers.Sequence(
            [
                *([normalizers.Lowercase()] if self.lowercase else []),
                *self.replacements(),
                normalizers.NFC(),
            ]
        )
        rules.pre_tokenizer = self.pre_tokenizer()
        # Counted as a word of the text, "<unk>" would get a second id.
        pattern = re.compile("|".join(special), re.IGNORECASE if self.lowercase else 0)
        rules.train_from_iterator(
            (piece for text in pieces for piece in pattern.split(_without_surrogates(text))),
            trainer,
        )
        trained = Tokenizer(rules, self.join)
        if len(trained) == len(special) and self.min_frequency > 1:
            raise RnnkitError(
                f"data.tokenizer.{name_of('tokenizer', type(self))}.min_frequency",
                f"found {self.min_frequency}, but no token occurs so often",
                "Expected a smaller number, or a longer text",
            )
        return trained

    def load(self, path: Path) -> Tokenizer:
        """The tokenizer of a run.

        Raises:
            RnnkitError: If the file is missing or damaged.
        """
        import tokenizers

        try:
            return Tokenizer(
                tokenizers.Tokenizer.from_str(path.read_text(encoding="utf-8")), self.join
            )
        except FileNotFoundError:
            raise RnnkitError(
                str(path), "no such file", "", "The run is not complete: train again"
            ) from None
        except Exception as error:  # the library raises bare Exceptions
            raise RnnkitError(
                str(path), f"damaged tokenizer: {error}", "", "Copy the run again, or train again"
            ) from None


class Word(TokenizerSpec):
    """Words; an apostrophe or a hyphen inside a word belongs to it."""

    short: ClassVar[str | None] = "punctuation"
    punctuation: Literal["separate", "removed", "kept"] = Field(
        "separate", description="marks as tokens of their own, left out, or left on the words"
    )

    def pre_tokenizer(self) -> Any:
        from tokenizers import Regex, pre_tokenizers

        if self.punctuation == "kept":
            return pre_tokenizers.WhitespaceSplit()
        pattern = f"{_WORD}|{_MARK}" if self.punctuation == "separate" else _WORD
        return pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True)

    def join(self, tokens: Sequence[str]) -> str:
        return _spaced(tokens) if self.punctuation == "separate" else " ".join(tokens)


class Char(TokenizerSpec):
    """Single characters, white space included."""

    cuts_at_space: ClassVar[bool] = False
    unit: ClassVar[str] = "characters"
    is_lossless: ClassVar[bool] = True
    lowercase: bool = Field(False, description="write everything in lower case first")

    def pre_tokenizer(self) -> Any:
        from tokenizers import Regex, pre_tokenizers

        return pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")

    def join(self, tokens: Sequence[str]) -> str:
        return "".join(tokens)


class BPE(TokenizerSpec):
    """Pieces of words by byte-pair encoding (Sennrich et al. 2016) over bytes, so that no text is
    unknown; ids in the order of the merges.
    """

    short: ClassVar[str | None] = "vocab_size"
    unit: ClassVar[str] = "tokens"
    is_lossless: ClassVar[bool] = True
    vocab_size: int = Field(
        1000,
        ge=300,
        le=1_000_000_000,
        description="pieces in the vocabulary, the 256 bytes included",
    )
    min_frequency: int = Field(2, ge=1, le=1_000_000_000, description="merge no rarer pairs")
    lowercase: bool = Field(False, description="write everything in lower case first")

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


def _spaced(tokens: Sequence[str]) -> str:
    """Words and marks with the spaces that a writer would put between them."""
    text, open_marks, glued = "", set[str](), True
    for token in tokens:
        opens = token in _NO_SPACE_AFTER or (token in _PAIRED and token not in open_marks)
        closes = token in _NO_SPACE_BEFORE or (token in _PAIRED and token in open_marks)
        repeats = not token[0].isalnum() and text.endswith(token) and token not in _PAIRED
        text += token if glued or closes or repeats else f" {token}"
        if token in _PAIRED:
            open_marks ^= {token}
        glued = opens
    return text


def indexed(vocabulary: Sequence[str], removed: str, first: str) -> Tokenizer:
    """A tokenizer with a given vocabulary: lower case, cut at spaces.

    Args:
        vocabulary: Every token, by id.
        removed: A pattern of the characters that are read as spaces.
        first: A token of the vocabulary that is put before each text.
    """
    import tokenizers
    from tokenizers import Regex, models, normalizers, pre_tokenizers, processors

    ids = {token: token_id for token_id, token in enumerate(vocabulary)}
    rules = tokenizers.Tokenizer(models.WordLevel(ids, unk_token=UNKNOWN))
    rules.normalizer = normalizers.Sequence(
        [normalizers.Lowercase(), normalizers.Replace(Regex(removed), " ")]
    )
    rules.pre_tokenizer = pre_tokenizers.Split(" ", behavior="removed")  # the plain space alone
    rules.post_processor = processors.TemplateProcessing(
        single=f"{first} $A", special_tokens=[(first, ids[first])]
    )
    return Tokenizer(rules, " ".join)
