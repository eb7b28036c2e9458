"""What comes next, with probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnkit.engine.activations import softmax
from rnnkit.run import find_run
from rnnkit.workflows.answer import load_trained


@dataclass(frozen=True)
class Guess:
    """One possible next symbol."""

    token: str
    probability: float


def predict(name: str | None, text: str, *, top: int = 5, where: str = "text", warn: Callable[[str], None]) -> list[Guess]:
    """The likeliest next symbols after `text`, best first.

    Args:
        name: A run's folder or name; None for the newest language model.
        text: At least a window of the run's words or characters.
        top: How many to give.
        where: How messages call the text.
        warn: Called with a line about what is not as expected.

    Raises:
        RnnkitError: If there is no such run, or the text is too short or has unknown words.
    """
    trained = load_trained(find_run(name, ["language_model"]), warn)
    token_ids = trained.config.encode_seed(trained.codec, text, where, "error", warn)
    logits, _ = trained.config.stepper(trained.outputs).start(token_ids)
    probabilities = softmax(logits)[0]
    best = (-probabilities).argsort(kind="stable")[:top]
    return [Guess(token, float(probabilities[token_id])) for token, token_id in zip(trained.codec.tokens(best), best, strict=True)]
