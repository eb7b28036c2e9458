"""Scores of tags."""

from __future__ import annotations

from collections.abc import Container, Sequence


def tag_scores(
    sentences: Sequence[Sequence[str]],
    true: Sequence[Sequence[str]],
    answers: Sequence[Sequence[str]],
    known: Container[str],
) -> dict[str, float]:
    """The accuracy of tags, of whole sentences, and of out-of-vocabulary words if there are any.

    Args:
        sentences: The tokens of each sentence.
        true: The true tags of each sentence.
        answers: The predicted tags of each sentence.
        known: The words of the training set.
    """
    hits = [
        [expected == predicted for expected, predicted in zip(*pair, strict=True)]
        for pair in zip(true, answers, strict=True)
    ]
    correct, tokens = sum(map(sum, hits)), sum(map(len, hits))
    scores = {
        "accuracy": correct / max(1, tokens),
        "correct": correct,
        "tokens": tokens,
        "sentence_accuracy": sum(map(all, hits)) / max(1, len(hits)),
    }
    unknown = [
        hit
        for words, row in zip(sentences, hits, strict=True)
        for word, hit in zip(words, row, strict=True)
        if word not in known
    ]
    return {**scores, "unknown_accuracy": sum(unknown) / len(unknown)} if unknown else scores
