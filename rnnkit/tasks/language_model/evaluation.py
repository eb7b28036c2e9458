"""The scores of a language model, compared with n-grams."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.baselines.ngram import Ceiling
from rnnkit.data.batch.rows import Windows
from rnnkit.data.encode.token_file import TokenFile
from rnnkit.metrics.next_token import each_token, score_probabilities
from rnnkit.metrics.row_scores import RowScores
from rnnkit.quantities import counted
from rnnkit.registry import BASELINES, lookup
from rnnkit.tasks.evaluation import CEILING, Evaluation, Evaluator, Score, published_rows
from rnnkit.tasks.language_model.data import COUNTED, LanguageCodec, LanguagePart
from rnnkit.tasks.language_model.predictor import LanguagePredictor
from rnnkit.tasks.next_token import NextTokenModel, count_characters, score_rows
from rnnkit.tasks.ngrams import ngram_computation, ngram_scores
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.published import Published
from rnnkit.tasks.surprising import BEFORE, surprising_tokens
from rnnkit.tasks.token_rows import TokenRows

if TYPE_CHECKING:
    from rnnkit.report.exhibits import Exhibit

SCORED_AT_ONCE = 128


class LanguageEvaluator(Evaluator):
    """Scores the tokens of a text.

    Args:
        predictor: The model.
        data: The parts to score; the n-grams count the training set.
        is_lossless: Whether the text can be restored from its tokens, for bits per character.
        published: The published figure.
    """

    def __init__(
        self,
        predictor: LanguagePredictor,
        data: Prepared[LanguageCodec, LanguagePart],
        is_lossless: bool,
        published: Published | None,
    ):
        self._outputs, self._data = predictor.outputs, data
        self._is_lossless, self._published = is_lossless, published
        self._scored: dict[str, TokenRows] = {}

    def evaluate(self, part: str, errors: int = 0) -> Evaluation:
        text = self._data.parts[part]
        rows = [*self._rows(text, self._scores(part)), *published_rows(self._published, part)]
        return Evaluation(part, rows, self._notes(part))

    def row_scores(self, part: str) -> list[RowScores]:
        return self._scores(part).row_scores(self._data.codec.tokenizer)

    def worst(self, part: str) -> list[Exhibit]:
        rows, token_ids = self._scores(part), self._data.parts[part].counted
        first = len(token_ids) - len(rows.targets)

        def before(row: int) -> np.ndarray:
            return np.asarray(token_ids[max(0, first + row - BEFORE) : first + row])

        return [surprising_tokens(rows, self._data.codec.tokenizer, before)]

    def _scores(self, part: str) -> TokenRows:
        """The run's score of each token, computed once."""
        if part not in self._scored:
            self._scored[part] = self._token_rows(self._data.parts[part])
        return self._scored[part]

    @abstractmethod
    def _token_rows(self, part: LanguagePart) -> TokenRows:
        """The score of every token that the model predicts."""

    @abstractmethod
    def _rows(self, part: LanguagePart, run: TokenRows) -> list[Score]:
        """The scores of the run, summed over its tokens, and of the baselines."""

    @abstractmethod
    def _notes(self, part: str) -> list[str]:
        """Remarks on the scores."""

    @cached_property
    def _counted(self) -> np.ndarray:
        return self._data.parts["train"].counted

    @property
    def _vocabulary(self) -> int:
        return len(self._data.codec.tokenizer)


class WindowEvaluator(LanguageEvaluator):
    """Scores the token after each window, compared also with the best that any model of this
    window can reach.
    """

    @cached_property
    def _baselines(self) -> dict[str, NextTokenModel]:
        return {
            name: lookup("baseline", name)(self._counted, self._vocabulary)
            for name in sorted(BASELINES, reverse=True)
        }

    def _rows(self, part: LanguagePart, run: TokenRows) -> list[Score]:
        windows = Windows(part.counted, part.steps, self._data.batch_size)
        inputs, targets = windows.inputs, windows.targets
        ceiling = {f"{CEILING} (window of {part.steps})": Ceiling(inputs, targets)}
        scores = {
            name: score_probabilities(*model.predict(inputs, targets), targets)
            for name, model in {**ceiling, **self._baselines}.items()
        }
        return score_rows({"this run": run.score, **scores}, characters=0)

    def row_scores(self, part: str) -> list[RowScores]:
        return super().row_scores(part)[::-1]  # accuracy first

    def _token_rows(self, part: LanguagePart) -> TokenRows:
        windows, each = Windows(part.counted, part.steps, self._data.batch_size), []
        for batch in windows.in_order():
            rows = int(batch.weights.sum())
            each.append(each_token(self._outputs(batch.inputs)[:rows], batch.targets[:rows]))
        nats, hits = (np.concatenate(parts) for parts in zip(*each, strict=True))
        return TokenRows(windows.targets, nats, hits)

    def _notes(self, part: str) -> list[str]:
        seen = "training accuracy: the model has seen this very text"
        return [seen] if part == "train" else []


class StreamEvaluator(LanguageEvaluator):
    """Scores every token but the first, given all tokens before it."""

    def _rows(self, part: LanguagePart, run: TokenRows) -> list[Score]:
        token_ids, tokenizer = part.counted, self._data.codec.tokenizer
        computation = ngram_computation(self._counted, token_ids, self._vocabulary)
        scores = ngram_scores(self._data.computed, computation)
        characters = count_characters(tokenizer, token_ids[1:]) if self._is_lossless else 0
        return score_rows({"this run": run.score, **scores}, characters)

    def _token_rows(self, part: LanguagePart) -> TokenRows:
        token_ids, state, each = part.counted, self._outputs.init_state(1), []
        for start in range(0, len(token_ids) - 1, SCORED_AT_ONCE):
            chunk = np.asarray(token_ids[start : start + SCORED_AT_ONCE + 1], np.int32)
            logits, state = self._outputs.step(chunk[None, :-1], state)
            each.append(each_token(logits[0], chunk[1:]))
        nats, hits = (np.concatenate(parts) for parts in zip(*each, strict=True))
        return TokenRows(token_ids[1:], nats, hits)

    def _notes(self, part: str) -> list[str]:
        text = self._data.parts[part]
        scored, tokens = len(text.counted), len(text.token_ids)
        notes = ["the model has seen this very text"] if part == "train" else []
        if isinstance(self._data.parts["train"].token_ids, TokenFile):
            notes.append(f"the n-grams are those of the first {COUNTED:,} tokens")
        if scored < tokens:
            notes.append(f"the first {scored:,} of {counted(tokens, 'token')}")
        return notes
