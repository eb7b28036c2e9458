"""How surprised a language model is by each token of a text."""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnkit.data.encode.tokenizer import UNKNOWN
from rnnkit.errors import RnnkitError
from rnnkit.run import find_run
from rnnkit.storage import write_text
from rnnkit.workflows.answer import load_trained

MOST_BITS = 12.0  # what counts as a full surprise when it is coloured


@dataclass(frozen=True)
class Surprise:
    """A token and what the model thought of it.

    Args:
        token: As it reads.
        bits: -log2 of its probability; None for the tokens that the model needs to begin.
        probability: What the model gave it; None likewise.
        alternatives: The likeliest tokens in its place, with their probabilities.
    """

    token: str
    bits: float | None
    probability: float | None
    alternatives: list[tuple[str, float]]

    @property
    def shade(self) -> float:
        """0 for expected, 1 for a full surprise."""
        return min(1.0, (self.bits or 0.0) / MOST_BITS)


def surprises(
    name: str | None, text: str, *, top: int = 3, where: str = "text", warn: Callable[[str], None]
) -> list[Surprise]:
    """Every token of a text with its surprise.

    Args:
        name: A run's folder or name; None for the newest language model.
        text: The text.
        top: How many alternatives of each token.
        where: How messages call the text.
        warn: Called with a line about what is not as expected.

    Raises:
        RnnkitError: If there is no such run, or the text is too short.
    """
    trained = load_trained(find_run(name, ["language_model"]), warn)
    codec = trained.codec
    (token_ids,) = trained.config.encode_seed(codec, text, where, "unk", warn)
    logits = trained.config.logits_of(trained.outputs, token_ids)
    skipped = len(token_ids) - len(logits)
    if not len(logits):
        got = f"{len(token_ids)} token{'s' if len(token_ids) > 1 else ''} in {text!r}"
        raise RnnkitError(
            where, got, f"Expected at least {len(token_ids) + 1}: the first ones only begin"
        )
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    found = [Surprise(codec.text([token_id]), None, None, []) for token_id in token_ids[:skipped]]
    for row, token_id in zip(log_probabilities, token_ids[skipped:], strict=True):
        best = np.argsort(-row, kind="stable")[:top]
        alternatives = [(codec.text([index]), math.exp(row[index])) for index in best]
        found.append(
            Surprise(
                codec.text([token_id]),
                float(-row[token_id] / math.log(2)) + 0.0,
                math.exp(row[token_id]),
                alternatives,
            )
        )
    return found


def write_page(path: str, found: list[Surprise]) -> None:
    """Writes a page with each token on a ground as red as it is surprising; the pointer shows bits
    and alternatives.

    Raises:
        RnnkitError: If it cannot be written.
    """
    try:
        write_text(Path(path), _page(found))
    except OSError as error:
        raise RnnkitError(
            "--html",
            f"{path} cannot be written ({error.strerror})",
            "Expected a file in a folder that is there",
        ) from None


def _page(found: list[Surprise]) -> str:
    # Characters and pieces of words bring their own white space.
    joined = any(one.token != one.token.strip() for one in found) or all(
        len(one.token) == 1 or one.token == UNKNOWN for one in found
    )
    spans = []
    for one in found:
        told = (
            "where the model begins"
            if one.bits is None
            else f"{one.bits:.2f} bits; " + ", ".join(f"{t!r} {p:.1%}" for t, p in one.alternatives)
        )
        shown = html.escape(one.token).replace("\n", "&#8629;<br>")
        spans.append(
            f'<span title="{html.escape(told)}" style="background: rgba(220, 50, 30,'
            f' {one.shade:.2f})">{shown}</span>'
        )
    scored = [one.bits for one in found if one.bits is not None]
    mean = sum(scored) / len(scored)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Surprise</title>
<style>body {{ font: 1.1rem/1.8 Georgia, serif; max-width: 46rem; margin: 2rem auto }} span {{ border-radius: 3px; padding: 1px }}</style>
<p>{("" if joined else " ").join(spans)}</p>
<p><small>{mean:.2f} bits a token over {len(scored):,} tokens; perplexity {2**mean:,.2f}. Full red: {MOST_BITS:.0f} bits or more.</small></p>
</html>
"""  # noqa: E501
