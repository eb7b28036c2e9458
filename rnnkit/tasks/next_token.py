"""What the tasks that predict the next token share: loss, metrics and score rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from rnnkit.backend import Objective, cross_entropy
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.engine import losses
from rnnkit.errors import RnnkitError
from rnnkit.metrics.next_token import NextTokenScore, score_probabilities
from rnnkit.quantities import agreed, counted
from rnnkit.tasks.evaluation import Score
from rnnkit.tasks.network import Network, Target, far_above_guessing
from rnnkit.tasks.prepared import C, P

CONTEXT = 4  # tokens that n-gram baselines see
COUNTED_AT_ONCE = 65_536
METRICS = ("loss", "accuracy", "perplexity")


@dataclass(frozen=True)
class Guess:
    """One possible next token."""

    token: str
    probability: float


def guesses(tokenizer: Tokenizer, probabilities: np.ndarray, top: int) -> list[Guess]:
    """The most probable of (vocabulary,) next tokens, best first."""
    best = (-probabilities).argsort(kind="stable")[:top]
    tokens = tokenizer.tokens(best)
    return [
        Guess(token, float(probabilities[token_id]))
        for token, token_id in zip(tokens, best, strict=True)
    ]


class NextTokenModel(Protocol):
    """An n-gram baseline."""

    def predict(
        self, contexts: np.ndarray, targets: np.ndarray, /
    ) -> tuple[np.ndarray, np.ndarray]:
        """The probability of each target after its (rows, tokens) context, and the most probable
        token.
        """


class NextTokenNetwork(Network[C, P]):
    """A model with the cross-entropy of the next token, at one step or at every one."""

    def objective(self) -> Objective:
        """Weights are (batch,) or (batch, timesteps)."""
        return next_token_objective()

    def loss(self, outputs: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
        return losses.cross_entropy(outputs, targets, weights)

    def worst_loss(self, first: float | None) -> float | None:
        return far_above_guessing(self.architecture.output_shape[-1] or 1)

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        score = NextTokenScore(round(sums["weight"]), round(sums["correct"]), sums["loss"])
        return {"loss": score.loss, "accuracy": score.accuracy, "perplexity": score.perplexity}


def next_token_objective() -> Objective:
    """The cross-entropy of the next token; weights are (batch,) or (batch, timesteps)."""
    from keras import ops

    def sums(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
        nats, hits = cross_entropy(targets, outputs)
        return {
            "loss": ops.sum(nats * weights),
            "correct": ops.sum(hits * weights),
            "weight": ops.sum(weights),
        }

    return sums


def next_token_target(tokenizer: Tokenizer, outputs: np.ndarray, text: str | None) -> Target:
    """The next token as a target: that after the last step, if the model has outputs at each.

    Args:
        tokenizer: The tokenizer of the text.
        outputs: As in `Network.target`.
        text: As in `Network.target`.

    Raises:
        RnnkitError: If the text is not one known token.
    """
    steps = outputs.shape[1:-1]
    last = outputs.reshape(-1, outputs.shape[-1])[-1]
    token_ids = [int(last.argmax())] if text is None else tokenizer.encode_known(text).tolist()
    if len(token_ids) != 1:
        raise RnnkitError("", counted(len(token_ids), "token"), "Expected one, the next")
    weights = np.zeros((1, *steps), np.float32)
    weights[..., -1] = 1
    targets = np.full(weights.shape, token_ids[0], np.int32)
    return Target(tokenizer.tokens(token_ids)[0], targets, weights)


def ngram_score(
    model: NextTokenModel, token_ids: np.ndarray, counted: np.ndarray | None = None
) -> NextTokenScore:
    """The score of an n-gram model on every token of a text but the first.

    Args:
        model: The n-grams.
        token_ids: (tokens,) in their order.
        counted: (tokens,) which tokens count; all but the first if None.
    """
    padded = np.concatenate([np.full(CONTEXT, -1), token_ids])[:-1]
    contexts = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT)
    rows = np.arange(1, len(token_ids)) if counted is None else np.flatnonzero(counted)
    score = NextTokenScore()
    for start in range(0, len(rows), COUNTED_AT_ONCE):
        chunk = rows[start : start + COUNTED_AT_ONCE]
        targets = token_ids[chunk]
        score += score_probabilities(*model.predict(contexts[chunk], targets), targets)
    return score


def count_characters(tokenizer: Tokenizer, token_ids: np.ndarray) -> int:
    """The number of characters that a lossless tokenizer encoded as (tokens,) ids; an unknown token
    counts as one.
    """
    known = token_ids[token_ids != tokenizer.unknown_id]
    return len(tokenizer.text(known.tolist())) + len(token_ids) - len(known)


def score_rows(
    scores: Mapping[str, NextTokenScore], characters: int, note: str = ""
) -> list[Score]:
    """The scores of the run and of its baselines as rows.

    Args:
        scores: By name, the run's own first.
        characters: The characters of the tokens, for bits per character; 0 if the tokenizer is not
            lossless.
        note: The note printed with each baseline.
    """
    rows: list[Score] = []
    for who, score in scores.items():
        numbers = score.as_dict()
        if characters:
            numbers["bits_per_character"] = score.nats / math.log(2) / characters
        if who.startswith("Kneser-Ney"):  # its probabilities are known, its best token is not
            hidden = ("accuracy", "correct", "tokens")
            numbers = {name: number for name, number in numbers.items() if name not in hidden}
        rows.append(Score(who, numbers, note if rows else ""))
    return rows


def unknown_notes(unknown: Iterable[tuple[str, int, int]]) -> list[str]:
    """A line for each part with out-of-vocabulary tokens: (part, how many, of how many)."""
    return [
        f"{part}: {count:,} of {counted(total, 'token')} {agreed(count, 'is', 'are')} <unk>"
        for part, count, total in unknown
        if count
    ]
