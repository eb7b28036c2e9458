"""A tag for each token of a sentence, or for each step of a sequence of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from rnnkit.data.encode.spans import as_bioes
from rnnkit.data.raw.label_names import label_name
from rnnkit.sklearn.base import RecurrentEstimator, wrong_values
from rnnkit.tasks.tagging.predictor import TaggingPredictor


@dataclass(kw_only=True, eq=False, repr=False)
class RNNTagger(RecurrentEstimator):
    """A recurrent tagger.

    X is a list of sentences, each a list of tokens; or of arrays (timesteps, features) of any
    lengths, or an array (samples, timesteps, features). y has a tag for each token or step.

    Further parameters are those of `RecurrentEstimator`.

    Args:
        embedding: The size of a token's vector, of sentences.
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
            ValueError: If they do not fit together.
        """
        if y is None:
            raise ValueError("RNNTagger requires y to be passed, but the target y is None")
        sequences, tags = self._read(X), [list(each) for each in y]
        lengths, tagged = [len(each) for each in sequences], [len(each) for each in tags]
        if lengths != tagged:
            if len(lengths) != len(tagged):
                raise ValueError(
                    f"{len(tagged)} of y for {len(lengths)} of X. Expected the same number"
                )
            place = next(
                n for n, pair in enumerate(zip(lengths, tagged, strict=True)) if len({*pair}) > 1
            )
            got = f"y[{place}] has {tagged[place]} tags, X[{place}] has {lengths[place]}"
            raise ValueError(f"{got}. Expected a tag for each")
        known = np.unique([tag for each in tags for tag in each])
        self._tags = {label_name(tag): tag for tag in known.tolist()}
        names = [[label_name(tag) for tag in each] for each in tags]
        self._is_text = not isinstance(sequences[0], np.ndarray)
        settings = {"crf": self.crf, "class_weight": self.class_weight or "none"}
        model = {"embedding": self.embedding} if self._is_text else {}
        self._train({"tagging": settings}, (sequences, names), model=model)
        self.classes_ = np.unique(self._own(self._tagger.tags))
        return self

    def _read(self, X: Any) -> list[Any]:  # noqa: N803
        if X is None or isinstance(X, str):
            raise ValueError(f"X is {X!r}. Expected a list of sequences")
        sequences = [one if isinstance(one, np.ndarray) else list(one) for one in X]
        if not sequences:
            raise ValueError("X is empty. Expected sequences")
        if isinstance(sequences[0], list) and not all(
            isinstance(token, str) for one in sequences for token in one
        ):
            return [np.asarray(one, float) for one in sequences]
        if isinstance(sequences[0], np.ndarray) and sequences[0].dtype.kind in "UO":
            return [list(map(str, one)) for one in sequences]
        return sequences

    def predict(self, X: Any) -> list[list[Any]]:  # noqa: N803
        """The tags of each sequence."""
        queries = self._queries(X)
        with wrong_values():
            answers = self._tagger.predict(queries)
        return [[] if answer is None else self._own(answer[0]) for answer in answers]

    def predict_proba(self, X: Any) -> list[np.ndarray]:  # noqa: N803
        """The probability of each tag for each token or step: (timesteps, tags) of each sequence,
        in the order of `classes_`.
        """
        queries, tags = self._queries(X), self._own(self._tagger.tags)
        order = [tags.index(tag) for tag in self.classes_.tolist()]
        raw = [query.tokens if self._is_text else query.values for query in queries]
        with wrong_values():
            answers = iter(self._tagger.probabilities([one for one in raw if len(one)]))
        return [next(answers)[:, order] if len(one) else np.zeros((0, len(order))) for one in raw]

    def score(self, X: Any, y: Any) -> float:  # noqa: N803
        """The fraction of tokens, or of steps, whose tag is right; tags of spans are compared as
        IOB2, in which they are predicted.
        """
        read = self._tagger.scheme.decode
        right = [
            tag == true
            for tags, true_tags in zip(self.predict(X), y, strict=True)
            for tag, true in zip(
                tags, self._own(read(as_bioes([*map(label_name, true_tags)]))), strict=True
            )
        ]
        return float(np.mean(right))

    def _own(self, tags: Sequence[str]) -> list[Any]:
        """Tags of an answer as y has them."""
        return [self._tags.get(tag, tag) for tag in tags]

    def _queries(self, X: Any) -> list[Any]:  # noqa: N803
        predictor, sequences = self._tagger, self._read(X)
        with wrong_values():
            if self._is_text:
                return [predictor.query({"tokens": list(each)}) for each in sequences]
            each_of = [np.asarray(each, np.float32) for each in sequences]
            arrays = [one[:, None] if one.ndim == 1 else one for one in each_of]
            return [predictor.query({"x": one}) for one in arrays]

    @property
    def _tagger(self) -> TaggingPredictor[Any, Any]:
        predictor = self._predictor
        assert isinstance(predictor, TaggingPredictor)
        return predictor
