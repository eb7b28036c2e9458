"""What the vectors of a run's tokens say: nearest neighbours, analogies, a picture."""

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

PAIRED = 2_000  # of the first tokens, among which the nearest pairs are searched
RARE = 0.01
"""How rarely a pair drawn at random is as near as `Embeddings.chance`."""


@dataclass(frozen=True)
class Near:
    """A token and its cosine, 1 for the same direction."""

    token: str
    cosine: float


@dataclass(frozen=True)
class Neighbours:
    """The tokens nearest to a word.

    Args:
        word: As it was asked for.
        tokens: Best first.
        is_known: Whether the vocabulary has it; else it is read by its characters or subwords.
    """

    word: str
    tokens: list[Near]
    is_known: bool = True


@dataclass(frozen=True)
class Pair:
    """Two tokens near to each other."""

    token: str
    other: str
    cosine: float


@dataclass(frozen=True)
class Analogy:
    """ "first is to second as third is to ..."

    Args:
        words: The three.
        answers: Tokens nearest to second - first + third, without the three.
        without_offset: The token nearest to the third word alone: where it is the answer too, the
            analogy says nothing (Linzen 2016).
    """

    words: tuple[str, str, str]
    answers: list[Near]
    without_offset: str


@dataclass(frozen=True)
class Embeddings:
    """What a table of vectors says.

    Args:
        layer: Its name; of an encoder "encoder/NAME".
        tokens: In the vocabulary.
        features: Numbers of a vector.
        chance: The cosine that one of a hundred pairs of tokens drawn at random exceeds; None
            where there are fewer than two.
        pairs: The nearest of all, where nothing else was asked for.
        neighbours: The nearest neighbours of each word.
        analogy: The one that was asked for.
        vectors: The table itself.
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
    """The neighbours of words, or the nearest pairs of all, and the answers to an analogy.

    Args:
        name: A run's folder or name; None for the newest.
        words: Whose neighbours are asked for.
        analogy: Three words, or none.
        layer: The table, where there are several; None for the first.
        top: How many tokens, or pairs.

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
    return Neighbours(word, [Near(table.tokens[one], cosine) for one, cosine in near], row >= 0)


def _analogy(table: TokenVectors, unit: np.ndarray, words: Sequence[str], top: int) -> Analogy:
    if len(words) != 3:
        got = counted(len(words), "word")
        raise RnnkitError("", got, "Expected three, such as 'man king woman'")
    first, second, third = (table.known_row(word) for word in words)
    others = [row for row in table.rows if row not in (first, second, third)]
    near = nearest(unit, offset(unit, first, second, third), top, others)
    alone = nearest(unit, unit[third], 1, others)
    answers = [Near(table.tokens[one], cosine) for one, cosine in near]
    without = table.tokens[alone[0][0]] if alone else ""
    return Analogy((words[0], words[1], words[2]), answers, without)


def _pairs(table: TokenVectors, unit: np.ndarray, top: int) -> list[Pair]:
    """Among the most frequent tokens."""
    rows = table.rows[:PAIRED]
    tokens = [table.tokens[row] for row in rows]
    pairs = nearest_pairs(unit[rows], top)
    return [Pair(tokens[one], tokens[other], cosine) for one, other, cosine in pairs]


def write_picture(path: str, found: Embeddings, count: int, *, overwrite: bool = False) -> None:
    """Writes the first tokens of the vocabulary in the plane in which they differ most, a PNG; the
    words that were asked for, and their neighbours, are marked.

    Args:
        path: The file.
        found: With the words.
        count: How many tokens, the most frequent ones.
        overwrite: Whether the file may be replaced.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced.
    """
    target = output_picture(path, "--output", overwrite)
    from rnnkit.insight.vectors import principal
    from rnnkit.report.embeddings import draw_embeddings

    table = found.vectors
    named = [near.token for word in found.neighbours for near in word.tokens]
    asked = [word.word for word in found.neighbours if word.is_known]
    if found.analogy:
        asked += found.analogy.words
        named += [near.token for near in found.analogy.answers]
    marked = dict.fromkeys([*map(table.known_row, asked), *map(table.tokens.index, named)])
    rows = list(dict.fromkeys([*marked, *table.rows[:count]]))
    plane = principal(table.vectors[rows])
    picture = draw_embeddings(
        plane.places,
        plane.shares,
        [table.tokens[row] for row in rows],
        marked=len(marked),
        title=f"{found.layer}: {len(rows)} of {counted(found.tokens, 'token')}",
    )
    write_output(target, picture, "--output")


def as_json(found: Embeddings) -> dict[str, Any]:
    """The same as plain data, without the table itself."""
    parts = {one.name: getattr(found, one.name) for one in fields(found) if one.name != "vectors"}
    return {name: _plain(value) for name, value in parts.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [asdict(one) for one in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
