"""A running text, encoded, and read as windows or as streams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rnnkit.cache import cache_folder
from rnnkit.checksums import checksum_of
from rnnkit.data.batch.rows import Windows
from rnnkit.data.batch.streams import Streams
from rnnkit.data.encode.cached import encode_cached, train_cached
from rnnkit.data.encode.token_file import TokenFile, encode_to_file
from rnnkit.data.encode.tokenizer import UNKNOWN, Tokenizer
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec
from rnnkit.data.raw.long_text import LongText, pieces_of
from rnnkit.errors import RnnkitError, at
from rnnkit.quantities import counted
from rnnkit.run import RunFolder
from rnnkit.tasks.language_model.sections import LanguageModelData
from rnnkit.tasks.prepared import Source

COUNTED = 1_000_000  # tokens of a text on disk that are scored, or counted by baselines
LONG = 100_000  # characters, from which on encoding a text takes noticeable time
SEARCHED = 10_000  # tokens that are searched for a seed of known words


@dataclass(frozen=True)
class LanguageCodec:
    """Text to token ids and back.

    Args:
        tokenizer: The vocabulary.
    """

    tokenizer: Tokenizer

    @classmethod
    def load(cls, run: RunFolder, spec: TokenizerSpec) -> LanguageCodec:
        """The codec of a run.

        Raises:
            RnnkitError: If its file is missing or damaged.
        """
        return cls(spec.load(run.tokenizer))

    def save(self, run: RunFolder) -> None:
        """Saves the codec in the run folder."""
        self.tokenizer.save(run.tokenizer)


class LanguagePart(ABC):
    """One part of the text.

    Args:
        token_ids: (tokens,) int32, in memory or in a file.
        steps: The number of tokens in a window, or in a chunk of a stream.
    """

    def __init__(self, token_ids: np.ndarray | TokenFile, steps: int):
        self.token_ids, self.steps = token_ids, steps

    @abstractmethod
    def __len__(self) -> int:
        """The number of tokens to predict."""

    @abstractmethod
    def batches(self, batch_size: int) -> Windows | Streams:
        """The part in batches for training, with `batch_size` windows or streams per step."""

    @abstractmethod
    def layout(self, batch_size: int) -> str:
        """The layout of its batches in words: "200 windows of 3"."""

    @abstractmethod
    def require_enough(self, name: str, origin: str, batch_size: int) -> None:
        """Checks that there is something to predict.

        Args:
            name: The part's name.
            origin: The data set or the file that the text comes from.
            batch_size: The training's batch size.

        Raises:
            RnnkitError: If it has too few tokens.
        """

    def arrays(self) -> Iterable[np.ndarray | bytes]:
        ids = self.token_ids
        return [ids.fingerprint.encode() if isinstance(ids, TokenFile) else ids]

    @property
    def counted(self) -> np.ndarray:
        """The tokens that are scored, or counted by baselines: all of a text in memory, the first
        ones of a text on disk.
        """
        ids = self.token_ids
        return ids[:COUNTED] if isinstance(ids, TokenFile) else ids

    def unknown(self, tokenizer: Tokenizer) -> int:
        """The number of tokens that are out of vocabulary."""
        ids = self.token_ids
        if isinstance(ids, TokenFile):
            return ids.unknown
        return int((ids == tokenizer.unknown_id).sum())

    def known_span(self, size: int, unknown_id: int) -> list[int]:
        """The first `size` consecutive tokens without `<unk>`, near the beginning; the very first
        tokens if there are none.
        """
        ids = self.token_ids[: max(size, SEARCHED)]
        spans = np.lib.stride_tricks.sliding_window_view(ids, min(size, len(ids)))
        known: np.ndarray = next((span for span in spans if unknown_id not in span), spans[0])
        token_ids: list[int] = known.tolist()
        return token_ids


class WindowPart(LanguagePart):
    """A text as windows, each with the token that follows it."""

    def __init__(self, token_ids: np.ndarray | TokenFile, steps: int):
        super().__init__(token_ids[:], steps)  # windows are views of an array in memory

    def __len__(self) -> int:
        return len(self.token_ids) - self.steps

    def batches(self, batch_size: int) -> Windows:
        return Windows(self.counted, self.steps, batch_size)

    def layout(self, batch_size: int) -> str:
        return f"{counted(len(self), 'window')} of {self.steps}"

    def require_enough(self, name: str, origin: str, batch_size: int) -> None:
        tokens = len(self.token_ids)
        if tokens > self.steps:
            return
        got = (
            f"a window of {self.steps}, but the {name} part of {origin} has"
            f" {counted(tokens, 'token')}, and the next one needs one more than the window"
        )
        expected = f"Expected at most {tokens - 1} for this text"
        hint = (
            f"A larger data.split.{name}, or 0 for none" if name in ("validation", "test") else ""
        )
        if tokens <= 1:
            expected = "Expected a longer text"
        raise RnnkitError("task.language_model.window", got, expected, hint)


class StreamPart(LanguagePart):
    """A text as parallel streams, read chunk by chunk with carried state."""

    def __len__(self) -> int:
        return len(self.token_ids) - 1

    def batches(self, batch_size: int) -> Streams:
        return Streams(self.token_ids, min(batch_size, len(self)), self.steps)

    def layout(self, batch_size: int) -> str:
        streams = self.batches(batch_size)
        steps = f"{counted(streams.steps, 'step')} of {streams.bptt}"
        return f"{counted(streams.batch_size, 'stream')}, {steps}"

    def require_enough(self, name: str, origin: str, batch_size: int) -> None:
        tokens, needed = len(self.token_ids), 2 * batch_size if name == "train" else 2
        if tokens >= needed:
            return
        got = f"the {name} part of {origin} has {counted(tokens, 'token')}"
        hint = "A longer text"
        if name == "train":
            where, got = "train.batch_size", f"{counted(batch_size, 'stream')}, but {got}"
            hint += f", or a train.batch_size of at most {tokens // 2}" if tokens >= 2 else ""
        elif name == "data":
            where = "--data"
        else:
            where, hint = "data.split", f"A larger data.split.{name}, or 0 for none"
        raise RnnkitError(where, got, f"Expected at least {needed}", hint)


def read_parts(data: LanguageModelData, source: Source) -> dict[str, str | LongText]:
    """The raw text of each part."""
    corpus = data.dataset.sample() if source.sample else data.dataset.load()
    parts = data.split.divide(corpus, at_space=data.tokenizer.cuts_at_space)
    if source.file is not None:
        with at(source.place):
            parts["data"] = data.dataset.read_further(source.file)
    return parts


def train_tokenizer(spec: TokenizerSpec, text: str | LongText) -> Tokenizer:
    """A tokenizer with the vocabulary of the training set."""
    if isinstance(text, str):
        return train_cached(spec, list(pieces_of(text)))
    return spec.train_on(text.pieces(), len(text), [UNKNOWN])


def encode(text: str | LongText, tokenizer: Tokenizer) -> np.ndarray | TokenFile:
    """The token ids of a text; in a file, if the text is larger than memory."""
    if isinstance(text, str):
        return encode_cached(tokenizer, list(pieces_of(text))).flat
    return encode_to_file(text, tokenizer, cache_folder() / "tokens")


def is_encoded_later(name: str, text: str | LongText) -> bool:
    """Whether a part is encoded on first use: a test set is scored, if at all, after all choices
    are made. Encoding a short one at once costs nothing, and shows whether it has enough tokens.
    """
    return name == "test" and len(text) >= LONG


def checksum(text: str | LongText) -> str:
    """A checksum of the raw text."""
    return checksum_of([text]) if isinstance(text, str) else text.checksum
