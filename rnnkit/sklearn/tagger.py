"""A tag for each token of a sentence, or for each step of a sequence of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self

import numpy as np

from rnnkit.config.mistakes import shown
from rnnkit.data.encode.spans import as_bioes
from rnnkit.data.raw.label_names import label_name
from rnnkit.quantities import counted
from rnnkit.sklearn.base import RecurrentEstimator
from rnnkit.sklearn.inputs import require_all, require_samples
from rnnkit.tasks.tagging.predictor import TaggingPredictor

SEQUENCES = "Expected a list of sentences, each a list of tokens, or of arrays"


@dataclass(kw_only=True, eq=False, repr=False)
class RNNTagger(RecurrentEstimator):
    """A recurrent tagger.

    X is a list of sentences, each a list of tokens; or of arrays (timesteps, features) of any
    lengths, or an array (samples, timesteps, features). y has a tag for each token or step.

    Further parameters are those of `RecurrentEstimator`.

    Args:
        embedding: The size of a token's vector, for sentences.
        crf: Whether a conditional random field learns which tags follow each other.
        class_weight: None, "balanced", or a mapping of tags to weights.
        validation: The fraction held out to choose the best weights; 0 for none.

    Attributes:
        classes_: The tags that are predicted, (tags,): those of y, and of spans all of IOB2.

    Examples:
        >>> from rnnkit.sklearn import RNNTagger
        >>> X, y = [["a", "cat"], ["the", "dog"]] * 20, [["DET", "NOUN"]] * 40
        >>> RNNTagger(units=8, epochs=20, random_state=0).fit(X, y).predict([["the", "cat"]])
        [['DET', 'NOUN']]
    """

    embedding: int = 64
    crf: bool = False
    class_weight: Any = None
    validation: float = 0.0

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Trains on sequences X with their tags y.

        Raises:
            ValueError: If they are invalid, or their lengths differ.
        """
        if y is None:
            raise ValueError("RNNTagger requires y to be passed, but the target y is None")
        sequences, tags = self._read(X), self._tags_of(y)
        _require_equal_lengths(sequences, tags)
        known = np.unique([tag for sequence_tags in tags for tag in sequence_tags])
        self._tags = {label_name(tag): tag for tag in known.tolist()}
        names = [[label_name(tag) for tag in sequence_tags] for sequence_tags in tags]
        self._is_text = not isinstance(sequences[0], np.ndarray)
        settings = {"crf": self.crf, "class_weight": self.class_weight or "none"}
        model = {"embedding": self.embedding} if self._is_text else {}
        self._train({"tagging": settings}, (sequences, names), model=model)
        self.classes_ = np.unique(self._as_in_y(self._tagger.tags))
        return self

    def _read(self, X: Any) -> list[Any]:  # noqa: N803
        if isinstance(X, Iterator):
            X = list(X)  # noqa: N806
        require_samples(X, SEQUENCES)
        if hasattr(X, "columns"):
            raise ValueError(f"X is a table with the columns {[*X.columns]}. {SEQUENCES}")
        sequences = [
            sequence if isinstance(sequence, np.ndarray) else _as_list(sequence, "X")
            for sequence in X
        ]
        if any(isinstance(token, str) for sequence in sequences for token in sequence):
            for index, sentence in enumerate(sequences):
                require_all(sentence, f"X[{index}]", "Expected a token")
            return [list(map(str, sentence)) for sentence in sequences]
        if isinstance(sequences[0], list) and any(map(len, sequences)):
            return [np.asarray(sequence, float) for sequence in sequences]
        return sequences

    def _tags_of(self, y: Any) -> list[list[Any]]:
        tags = [_as_list(sequence_tags, "y") for sequence_tags in y]
        for index, sequence_tags in enumerate(tags):
            require_all(sequence_tags, f"y[{index}]", "Expected a tag")
        return tags

    def predict(self, X: Any) -> list[list[Any]]:  # noqa: N803
        """The tags of each sequence."""
        queries = self._queries(X)
        with self._wrong_values():
            answers = self._tagger.predict(queries)
        return [[] if answer is None else self._as_in_y(answer[0]) for answer in answers]

    def predict_proba(self, X: Any) -> list[np.ndarray]:  # noqa: N803
        """The probability of each tag for each token or step: (timesteps, tags) of each sequence,
        in the order of `classes_`.
        """
        queries, tags = self._queries(X), self._as_in_y(self._tagger.tags)
        order = [tags.index(tag) for tag in self.classes_.tolist()]
        raw = [query.tokens if self._is_text else query.values for query in queries]
        with self._wrong_values():
            answers = iter(self._tagger.probabilities([values for values in raw if len(values)]))
        empty = np.zeros((0, len(order)))
        return [next(answers)[:, order] if len(values) else empty for values in raw]

    def score(self, X: Any, y: Any) -> float:  # noqa: N803
        """The fraction of tokens, or of steps, whose tag is right; tags of spans are compared as
        IOB2, in which they are predicted.
        """
        decode = self._tagger.scheme.decode
        sequences, tags = self._read(X), self._tags_of(y)
        _require_equal_lengths(sequences, tags)
        true = [
            self._as_in_y(decode(as_bioes([*map(label_name, sequence_tags)])))
            for sequence_tags in tags
        ]
        pairs = zip(chain(*self.predict(sequences)), chain(*true), strict=True)
        return float(np.mean([predicted == tag for predicted, tag in pairs]))

    def _as_in_y(self, tags: Sequence[str]) -> list[Any]:
        """Predicted tags as the values that y has for them."""
        return [self._tags.get(tag, tag) for tag in tags]

    def _queries(self, X: Any) -> list[Any]:  # noqa: N803
        predictor, sequences = self._tagger, self._read(X)
        first = next(filter(len, sequences), None)
        if first is not None and self._is_text != isinstance(first, list):
            trained = "sentences of tokens" if self._is_text else "sequences of numbers"
            raise ValueError(f"X is not {trained}. Expected them, as in training")
        with self._wrong_values():
            if self._is_text:
                return [predictor.query({"tokens": list(sentence)}) for sentence in sequences]
            arrays = [np.asarray(sequence, np.float32) for sequence in sequences]
            arrays = [array[:, None] if array.ndim == 1 else array for array in arrays]
            return [predictor.query({"x": array}) for array in arrays]

    @property
    def _tagger(self) -> TaggingPredictor[Any, Any]:
        predictor = self._predictor
        assert isinstance(predictor, TaggingPredictor)
        return predictor


def _as_list(sequence: Any, name: str) -> list[Any]:
    """A sentence or its tags as a list.

    Raises:
        ValueError: If it is a text or a single value.
    """
    if isinstance(sequence, str):
        hint = f"{sequence[:40]!r}.split()"
        raise ValueError(f"{name} has a text: {sequence[:40]!r}. Expected a list: {hint}")
    if not hasattr(sequence, "__len__"):
        raise ValueError(f"{name} has {shown(sequence)}. Expected a list for each sequence")
    return list(sequence)


def _require_equal_lengths(sequences: Sequence[Any], tags: Sequence[Sequence[Any]]) -> None:
    """Checks that each sequence has as many tags as steps.

    Raises:
        ValueError: If one has not.
    """
    if len(sequences) != len(tags):
        got = f"{len(tags)} of y for {len(sequences)} of X"
        raise ValueError(f"{got}. Expected the same number")
    for index, (sequence, own_tags) in enumerate(zip(sequences, tags, strict=True)):
        if len(sequence) != len(own_tags):
            got = f"y[{index}] has {counted(len(own_tags), 'tag')}, X[{index}] has {len(sequence)}"
            raise ValueError(f"{got}. Expected a tag for each")
