"""The vectors of a run's tokens: nearest neighbours, analogies, a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError, at
from rnnkit.insight.vectors import chance_cosine, nearest, nearest_pairs, offset, unit_rows
from rnnkit.quantities import counted
from rnnkit.workflows.inspect.token_vectors import TokenVectors, token_vectors
from rnnkit.workflows.outputs import output_picture, write_output

PAIRED = 2_000  # the most frequent tokens, among which the nearest pairs are searched
RARE = 0.01
"""The share of random pairs whose cosine exceeds `Embeddings.chance`."""


@dataclass(frozen=True)
class Near:
    """A token, and the cosine of its vector with another one."""

    token: str
    cosine: float


@dataclass(frozen=True)
class Neighbours:
    """The tokens nearest to a word.

    Args:
        word: The word as the user wrote it.
        tokens: The nearest tokens, nearest first.
        is_known: Whether it is in the vocabulary; otherwise its vector is computed from its
            characters or subwords.
    """

    word: str
    tokens: list[Near]
    is_known: bool = True


@dataclass(frozen=True)
class Pair:
    """Two tokens, and the cosine of their vectors."""

    token: str
    other: str
    cosine: float


@dataclass(frozen=True)
class Analogy:
    """ "first is to second as third is to ..."

    Args:
        words: The three words.
        answers: Tokens nearest to second - first + third, without the three.
        without_offset: The token nearest to the third word alone: if it is also the first answer,
            the analogy shows nothing (Linzen 2016).
    """

    words: tuple[str, str, str]
    answers: list[Near]
    without_offset: str


@dataclass(frozen=True)
class Embeddings:
    """The nearest tokens and analogies of a table of vectors.

    Args:
        layer: The layer's name; of an encoder "encoder/NAME".
        tokens: The size of the vocabulary.
        features: The size of a vector.
        chance: The cosine that one in a hundred random pairs of tokens exceeds; None if there are
            fewer than two tokens.
        pairs: The nearest pairs, if neither words nor an analogy were given.
        neighbours: The nearest neighbours of each word.
        analogy: The answers to the analogy; None if none was given.
        vectors: The table of vectors.
    """

    layer: str
    tokens: int
    features: int
    chance: float | None
    pairs: list[Pair]
    neighbours: list[Neighbours]
    analogy: Analogy | None
    vectors: TokenVectors = field(repr=False, compare=False)


def embeddings(
    name: str | None,
    words: Sequence[str] = (),
    analogy: Sequence[str] = (),
    *,
    layer: str | None = None,
    top: int = 10,
) -> Embeddings:
    """Finds the neighbours of words and the answers to an analogy, or else the nearest pairs.

    Args:
        name: A run's folder or name; None for the newest.
        words: Words whose neighbours are searched.
        analogy: Three words, or none.
        layer: The embedding layer; None for the first.
        top: The number of tokens or pairs to return.

    Raises:
        RnnkitError: If there is no such run, layer or word, or it learns no vectors of tokens.
    """
    table = token_vectors(name, layer)
    unit, rows = unit_rows(table.vectors), table.rows
    chance = chance_cosine(unit[rows], RARE) if len(rows) > 1 else None
    with at("--word"):
        neighbours = [_neighbours(table, unit, word, top) for word in words]
    with at("--analogy"):
        answered = _analogy(table, unit, analogy, top) if analogy else None
    pairs = [] if words or analogy else _pairs(table, unit, top)
    size = table.vectors.shape[1]
    return Embeddings(
        table.layer, len(table.tokens), size, chance, pairs, neighbours, answered, table
    )


def _neighbours(table: TokenVectors, unit: np.ndarray, word: str, top: int) -> Neighbours:
    row, vector = table.vector(word)
    near = nearest(unit, vector, top, [other for other in table.rows if other != row])
    return Neighbours(
        word, [Near(table.tokens[token_id], cosine) for token_id, cosine in near], row >= 0
    )


def _analogy(table: TokenVectors, unit: np.ndarray, words: Sequence[str], top: int) -> Analogy:
    if len(words) != 3:
        got = counted(len(words), "word")
        raise RnnkitError("", got, "Expected three, such as 'man king woman'")
    first, second, third = (table.known_row(word) for word in words)
    others = [row for row in table.rows if row not in (first, second, third)]
    near = nearest(unit, offset(unit, first, second, third), top, others)
    alone = nearest(unit, unit[third], 1, others)
    answers = [Near(table.tokens[token_id], cosine) for token_id, cosine in near]
    without = table.tokens[alone[0][0]] if alone else ""
    return Analogy((words[0], words[1], words[2]), answers, without)


def _pairs(table: TokenVectors, unit: np.ndarray, top: int) -> list[Pair]:
    """The nearest pairs among the most frequent tokens."""
    rows = table.rows[:PAIRED]
    tokens = [table.tokens[row] for row in rows]
    pairs = nearest_pairs(unit[rows], top)
    return [Pair(tokens[first], tokens[second], cosine) for first, second, cosine in pairs]


def write_picture(path: str, result: Embeddings, count: int, *, overwrite: bool = False) -> None:
    """Draws the most frequent tokens in the plane of their first two principal components, a PNG;
    the given words and their neighbours are marked.

    Args:
        path: The file.
        result: The words, their neighbours and the table.
        count: The number of tokens to draw, the most frequent ones.
        overwrite: Whether the file may be replaced.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced.
    """
    target = output_picture(path, "--output", overwrite)
    from rnnkit.insight.vectors import principal
    from rnnkit.report.embeddings import draw_embeddings

    table = result.vectors
    neighbours = [near.token for word in result.neighbours for near in word.tokens]
    words = [word.word for word in result.neighbours if word.is_known]
    if result.analogy:
        words += result.analogy.words
        neighbours += [near.token for near in result.analogy.answers]
    marked = dict.fromkeys([*map(table.known_row, words), *map(table.tokens.index, neighbours)])
    rows = list(dict.fromkeys([*marked, *table.rows[:count]]))
    plane = principal(table.vectors[rows])
    picture = draw_embeddings(
        plane.places,
        plane.shares,
        [table.tokens[row] for row in rows],
        marked=len(marked),
        title=f"{result.layer}: {len(rows)} of {counted(result.tokens, 'token')}",
    )
    write_output(target, picture, "--output")


def as_json(result: Embeddings) -> dict[str, Any]:
    """Embeddings as plain data, without the table of vectors."""
    parts = {
        part.name: getattr(result, part.name) for part in fields(result) if part.name != "vectors"
    }
    return {name: _plain(value) for name, value in parts.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [asdict(item) for item in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
