"""The scores of a conditioned language model, compared with n-grams that see no condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnnkit.checksums import checksum_of
from rnnkit.metrics.row_scores import RowScores
from rnnkit.tasks.conditioned_language_model.baselines import ngrams
from rnnkit.tasks.conditioned_language_model.data import ConditionedCodec, ConditionedPart
from rnnkit.tasks.conditioned_language_model.predictor import ConditionedPredictor
from rnnkit.tasks.evaluation import OWN, Evaluation, Evaluator, published_rows
from rnnkit.tasks.next_token import count_characters, score_rows
from rnnkit.tasks.ngrams import ngram_scores
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.published import Published
from rnnkit.tasks.surprising import surprising_tokens
from rnnkit.tasks.token_rows import TokenRows, rows_of_texts

if TYPE_CHECKING:
    from rnnkit.report.exhibits import Exhibit

SCORED_AT_ONCE = 256


class ConditionedEvaluator(Evaluator):
    """Scores every token of a text, given those before it and the condition.

    Args:
        predictor: The model.
        data: The parts to score; the n-grams count the training set.
        is_lossless: Whether a text can be restored from its tokens, for bits per character.
        published: The published figure.
    """

    def __init__(
        self,
        predictor: ConditionedPredictor,
        data: Prepared[ConditionedCodec, ConditionedPart],
        is_lossless: bool,
        published: Published | None,
    ):
        self._predictor, self._data = predictor, data
        self._is_lossless, self._published = is_lossless, published
        self._scored: dict[str, TokenRows] = {}

    def evaluate(self, part: str, errors: int = 0) -> Evaluation:
        texts, (start, end) = self._data.parts[part].texts.flat, self._data.codec.ends
        scores = {OWN: self._token_rows(part).score}
        scores |= ngram_scores(self._data.computed, ngrams(self._data, part))
        # the end of a text is predicted, but is no character
        bodies = texts[(texts != start) & (texts != end)]
        tokenizer = self._data.codec.tokenizer
        characters = count_characters(tokenizer, bodies) if self._is_lossless else 0
        rows = score_rows(scores, characters, "without the condition")
        notes = ["the model has seen these very texts"] if part == "train" else []
        return Evaluation(part, [*rows, *published_rows(self._published, part)], notes)

    def row_scores(self, part: str) -> list[RowScores]:
        identity = checksum_of(self._data.parts[part].examples.checksum)
        return self._token_rows(part).row_scores(self._data.codec.tokenizer, "texts", identity)

    def worst(self, part: str) -> list[Exhibit]:
        rows = self._token_rows(part)
        lengths = np.zeros(0, np.int64) if rows.lengths is None else rows.lengths
        starts = np.concatenate([[0], np.cumsum(lengths)])

        def before(row: int) -> np.ndarray:
            """The tokens before the token of a row in the same text."""
            start = int(starts[np.searchsorted(starts, row, side="right") - 1])
            return rows.targets[start:row]

        return [surprising_tokens(rows, self._data.codec.tokenizer, before)]

    def _token_rows(self, part: str) -> TokenRows:
        if part not in self._scored:
            batches = self._data.parts[part].batches(SCORED_AT_ONCE)
            self._scored[part] = rows_of_texts(self._predictor.outputs, batches)
        return self._scored[part]
