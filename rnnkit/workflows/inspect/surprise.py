"""The surprisal of each token of a text under a language model."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.errors import RnnkitError, at
from rnnkit.escapes import visible
from rnnkit.quantities import counted, percent
from rnnkit.tasks.capabilities import ScoresTokens
from rnnkit.workflows.inspect.tokens import gap_between
from rnnkit.workflows.outputs import output_page, write_output
from rnnkit.workflows.trained import capable, find_trained, load_trained

MOST_BITS = 12.0  # the surprisal of the strongest colour


@dataclass(frozen=True)
class Surprise:
    """A token and its surprisal.

    Args:
        token: Its text.
        bits: -log2 of its probability; None for the first tokens, which are context only.
        probability: Its probability under the model; None for context.
        alternatives: The most probable tokens in its place, with their probabilities.
    """

    token: str
    bits: float | None
    probability: float | None
    alternatives: list[tuple[str, float]]

    @property
    def shade(self) -> float:
        """The strength of its colour, from 0 to 1 for a surprisal of MOST_BITS or more."""
        return min(1.0, (self.bits or 0.0) / MOST_BITS)


def surprises(name: str | None, text: str, *, top: int = 3) -> list[Surprise]:
    """Every token of a text with its surprisal.

    Args:
        name: A run's folder or name; None for the newest that scores tokens.
        text: The text.
        top: The number of alternatives for each token.

    Raises:
        RnnkitError: If there is no such run, or the text is too short.
    """
    predictor = capable(load_trained(find_trained(name, ScoresTokens)), ScoresTokens)
    with at("--text"):
        token_ids, logits = predictor.token_logits(text)
        if not len(logits):
            got = f"{counted(len(token_ids), 'token')} in {text!r}"
            expected = f"Expected at least {len(token_ids) + 1}: the first ones are context only"
            raise RnnkitError("", got, expected)
    tokenizer, skipped = predictor.tokenizer, len(token_ids) - len(logits)
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    first = [Surprise(tokenizer.text([token_id]), None, None, []) for token_id in token_ids]
    scored = []
    for row, token_id in zip(log_probabilities, token_ids[skipped:], strict=True):
        best = np.argsort(-row, kind="stable")[:top]
        alternatives = [(tokenizer.text([index]), math.exp(row[index])) for index in best]
        bits = float(-row[token_id] / math.log(2)) + 0.0  # no -0.0
        token = tokenizer.text([token_id])
        scored.append(Surprise(token, bits, math.exp(row[token_id]), alternatives))
    return [*first[:skipped], *scored]


def write_page(path: str, surprised: Sequence[Surprise], *, overwrite: bool = False) -> None:
    """Writes an HTML page with each token on a background coloured by its surprisal; bits and
    alternatives are shown under the pointer.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced.
    """
    target = output_page(path, "--html", overwrite)
    write_output(target, _page(surprised), "--html")


def mean_bits(surprised: Sequence[Surprise]) -> float:
    """The mean surprisal of the scored tokens, in bits."""
    scored = [token.bits for token in surprised if token.bits is not None]
    return sum(scored) / len(scored)


def _page(surprised: Sequence[Surprise]) -> str:
    spans = gap_between([token.token for token in surprised]).join(map(_span, surprised))
    mean, scored = mean_bits(surprised), sum(token.bits is not None for token in surprised)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Surprise</title>
<style>
body {{ font: 1.1rem/1.8 Georgia, serif; max-width: 46rem; margin: 2rem auto }}
span {{ border-radius: 3px; padding: 1px }}
</style>
<p>{spans}</p>
<p><small>{mean:.2f} bits per token over {counted(scored, "token")}; perplexity {2**mean:,.2f}.
Full red: {MOST_BITS:.0f} bits or more.</small></p>
</html>
"""


def _span(surprise: Surprise) -> str:
    if surprise.bits is None:
        title = "context, not scored"
    else:
        alternatives = ", ".join(
            f"{token!r} {percent(share, 1)}" for token, share in surprise.alternatives
        )
        title = f"{surprise.bits:.2f} bits; {alternatives}"
    text = html.escape(visible(surprise.token, lines=True)).replace("\n", "&#8629;<br>")
    background = f"rgba(220, 50, 30, {surprise.shade:.2f})"
    return f'<span title="{html.escape(title)}" style="background: {background}">{text}</span>'
