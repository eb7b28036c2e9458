"""The tokens of a part that a model found least probable, each with the text before it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.tasks.evaluation import LISTED_MISTAKES, Cell
from rnnkit.tasks.token_rows import TokenRows

if TYPE_CHECKING:
    from rnnkit.report.exhibits import Rows

BEFORE = 12  # tokens that are shown before one
LOOKED_AT = 50  # times the rows that are listed: most are different tokens


def surprising_tokens(
    rows: TokenRows, tokenizer: Tokenizer, before: Callable[[int], np.ndarray]
) -> Rows:
    """The most surprising ones, each token once.

    Args:
        rows: Every predicted token, with what the model says of it.
        tokenizer: The tokenizer of the text.
        before: The ids before a row.
    """
    from rnnkit.report.exhibits import Rows

    shown: dict[int, list[Cell]] = {}
    for row in np.argsort(-rows.nats, kind="stable")[: LOOKED_AT * LISTED_MISTAKES].tolist():
        token = int(rows.targets[row])
        if token not in shown:
            text = tokenizer.text(before(row)[-BEFORE:])
            bits = float(rows.nats[row] / math.log(2))
            shown[token] = [round(bits, 2), tokenizer.text([token]), f"... {text}"]
        if len(shown) == LISTED_MISTAKES:
            break
    return Rows("The most surprising tokens", ["bits", "token", "after"], list(shown.values()))
