"""Helpers that the audits of several tasks share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from rnnkit.architecture import Architecture, InputSpec
from rnnkit.audit.duplicates import Content, normal_forms
from rnnkit.audit.finding import Finding, Place
from rnnkit.audit.lengths import length_facts, padding_shares
from rnnkit.audit.vocabulary import Vocabulary, coverage
from rnnkit.data.batch.widths import WIDTH_STEP
from rnnkit.data.encode.tokenizer import UNKNOWN, Tokenizer
from rnnkit.data.encode.tokenizer_specs import BPE, Char, TokenizerSpec, Word
from rnnkit.registry import name_of

LEARNED_FROM = 300_000
"""The number of tokens to which a baseline is fitted, to find doubtful labels."""

SPELT = "Write `model.embedding: {words: 64}`, which reads the characters of words too"
FEW_VALUES, BITS_OF_A_WORD = 16, 8  # short sequences of few values are equal by chance


def text_contents(
    texts: Mapping[str, Sequence[str]], places: Mapping[str, Place], unit: str
) -> dict[str, Content]:
    """The content of each part's texts, for comparisons.

    Args:
        texts: The texts of each part.
        places: Where the texts of each part come from.
        unit: What they are: "texts".
    """
    normal = iter(normal_forms([text for part in texts.values() for text in part]))
    return {
        part: Content(
            each,
            list(islice(normal, len(each))),
            places[part],
            unit,
            [text.count(" ") + 1 for text in each],
        )
        for part, each in texts.items()
    }


def token_contents(
    sentences: Mapping[str, Sequence[Sequence[str]]], places: Mapping[str, Place], unit: str
) -> dict[str, Content]:
    """The content of each part's tokenized sentences; arguments as in `text_contents`."""
    joined = {part: [" ".join(words) for words in each] for part, each in sentences.items()}
    contents = text_contents(joined, places, unit)
    for part, each in sentences.items():
        if len({word for words in each for word in words}) <= FEW_VALUES:
            short = [len(words) // BITS_OF_A_WORD for words in each]
            contents[part] = replace(contents[part], words=short)
    return contents


def array_contents(
    arrays: Mapping[str, Sequence[np.ndarray]], places: Mapping[str, Place], unit: str
) -> dict[str, Content]:
    """The content of each part's sequences of numbers; arguments as in `text_contents`."""
    contents = {}
    for part, each in arrays.items():
        exact = [array.tobytes() for array in each]
        few = len(np.unique(np.concatenate([np.ravel(array) for array in each]))) <= FEW_VALUES
        words = [array.size // BITS_OF_A_WORD for array in each] if few else []
        contents[part] = Content(exact, exact, places[part], unit, words)
    return contents


def all_rows(contents: Mapping[str, Content]) -> Content:
    """The rows of all parts, concatenated."""
    each = list(contents.values())
    ends = np.cumsum([len(content) for content in each])

    def place(index: int) -> str:
        part = int(np.searchsorted(ends, index, side="right"))
        return each[part].place(index - (int(ends[part - 1]) if part else 0))

    exact = [key for content in each for key in content.exact]
    normal = [key for content in each for key in content.normal]
    words = [count for content in each for count in content.words]
    return Content(exact, normal, place, each[0].unit, words)


def vocabulary_of(
    tokenizer: Tokenizer, spec: TokenizerSpec, key: str, *, fixed: bool = False
) -> Vocabulary:
    """The vocabulary of a tokenizer, and the settings that change it.

    Args:
        tokenizer: Has its vocabulary.
        spec: Its section of the config.
        key: The key of that section: "data.tokenizer".
        fixed: Whether no setting changes it: the data set has its own, or the model reads the
            spelling of words.
    """
    special = {tokenizer.unknown_id, *np.flatnonzero(_are_marks(tokenizer.vocabulary)).tolist()}
    if fixed or isinstance(spec, BPE | Char):
        return Vocabulary(len(tokenizer), tokenizer.unknown_id, frozenset(special))
    own = f"{key}.{name_of('tokenizer', type(spec))}" if isinstance(spec, Word) else key
    subwords = f"Write `{key}: bpe`, which reads every word as known subwords"
    if not isinstance(spec, Word):
        subwords = SPELT
    rarer = f"Write `{own}.min_frequency: 2`, so that rare words train the vector of <unk>"
    is_set = spec.min_frequency > 1 or spec.vocab_size is not None
    return Vocabulary(
        len(tokenizer), tokenizer.unknown_id, frozenset(special), subwords, "" if is_set else rarer
    )


def _are_marks(vocabulary: Sequence[str]) -> np.ndarray:
    marks = {"<pad>", "<start>", "<end>", UNKNOWN}
    return np.array([token in marks for token in vocabulary])


def besides_embeddings(architecture: Architecture) -> int:
    """The parameters of a model without those of input layers, of which each row trains a few."""
    return sum(
        layer.parameters or 0
        for layer in architecture.all_layers
        if not isinstance(layer.spec, InputSpec)
    )


def facts_of(
    lengths: Mapping[str, np.ndarray],
    unit: str,
    flats: Mapping[str, np.ndarray] | None = None,
    vocabulary: Vocabulary | None = None,
) -> dict[str, dict[str, str | int | float]]:
    """The number of rows of each part, their lengths, and the share that the vocabulary covers.

    Args:
        lengths: The number of tokens of each row of each part.
        unit: What rows are: "texts".
        flats: The token ids of each part, if they are tokens.
        vocabulary: The vocabulary of the tokens.
    """
    facts: dict[str, dict[str, str | int | float]] = {}
    for part, each in lengths.items():
        facts[part] = {unit: len(each), **length_facts(each)}
        if flats is not None and vocabulary is not None:
            facts[part]["known"] = round(coverage(flats[part], vocabulary), 4)
    return facts


def label_counts(labels: Mapping[str, Iterable[str]]) -> dict[str, dict[str, int]]:
    """How often each label of the training set occurs in each part, the most frequent first.

    Args:
        labels: The labels of each part, concatenated.
    """
    counts = {part: Counter(each) for part, each in labels.items()}
    names = [name for name, _ in counts["train"].most_common()]
    return {part: {name: each.get(name, 0) for name in names} for part, each in counts.items()}


def sample_of(lengths: np.ndarray, tokens: int) -> np.ndarray:
    """A random sample of rows with at most this many tokens; all rows if they have no more."""
    if lengths.sum() <= tokens:
        return np.arange(len(lengths))
    order = np.random.default_rng(0).permutation(len(lengths))
    return np.sort(order[np.cumsum(lengths[order]) <= tokens])


def bucketed_padding(
    lengths: np.ndarray, widths: Sequence[int], batch_size: int
) -> tuple[float, float]:
    """The share of padding in batches, and what it would be if all were as wide as the longest row.

    Args:
        lengths: The lengths of the rows, as the model sees them.
        widths: The widths of the batches.
        batch_size: Rows of a batch.
    """
    size = min(batch_size, len(lengths))
    longest = -(-int(lengths.max()) // WIDTH_STEP) * WIDTH_STEP
    bucketed = round(padding_shares(lengths, widths, size), 4)
    fixed = round(padding_shares(lengths, [longest], size), 4)
    return bucketed, fixed


def gathered(*each: Iterable[Finding]) -> list[Finding]:
    """The findings of several checks."""
    return [finding for findings in each for finding in findings]
