"""How many tags are right."""

from __future__ import annotations

from collections.abc import Container, Sequence


def tag_scores(
    sentences: Sequence[Sequence[str]],
    true: Sequence[Sequence[str]],
    answers: Sequence[Sequence[str]],
    known: Container[str],
) -> dict[str, float]:
    """Accuracy of tokens and of whole sentences, and of the tokens that are not `known` where there
    are any.

    Args:
        sentences: The tokens of each sentence.
        true: Their tags.
        answers: The predicted tags.
        known: The words of the training set.
    """
    hits = [
        [wanted == predicted for wanted, predicted in zip(*pair, strict=True)]
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
