"""The score of each token of a part, by which a model is scored and compared with others row by
row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnkit.checksums import checksum_of
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.metrics.next_token import NextTokenScore, each_token
from rnnkit.metrics.row_scores import RowScores, in_blocks, of_groups
from rnnkit.tasks.network import Outputs
from rnnkit.training.batches import Batches


@dataclass(frozen=True)
class TokenRows:
    """The scores of predicted tokens, in order.

    Args:
        targets: (tokens,) the ids of the right tokens.
        nats: (tokens,) -ln p of each.
        hits: (tokens,) whether each is the most probable one.
        lengths: (texts,) how many tokens each text has; None for one running text.
    """

    targets: np.ndarray
    nats: np.ndarray
    hits: np.ndarray
    lengths: np.ndarray | None = None

    @property
    def score(self) -> NextTokenScore:
        """The total score."""
        return NextTokenScore(len(self.targets), int(self.hits.sum()), float(self.nats.sum()))

    def row_scores(self, tokenizer: Tokenizer, unit: str = "", asked: str = "") -> list[RowScores]:
        """Perplexity and accuracy row by row, where rows are texts, or stretches of a running text.

        Args:
            tokenizer: The tokenizer of the tokens: runs with other vocabularies may score the same.
            unit: What a text is called.
            asked: A checksum of the model's other inputs.
        """
        names = [tokenizer.vocabulary[token] for token in self.targets.tolist()]
        sizes = np.zeros(0, np.int64) if self.lengths is None else self.lengths
        identity = checksum_of(names, sizes, asked)
        if self.lengths is None:
            sums = [in_blocks(values) for values in (self.nats, self.hits)]
            tokens = int(sums[0][0, 1]) if len(sums[0]) else 1
            unit = "tokens" if tokens == 1 else f"stretches of {tokens} tokens"
        else:
            sums = [of_groups(values, self.lengths) for values in (self.nats, self.hits)]
        return [
            RowScores("perplexity", unit, identity, sums[0], "perplexity"),
            RowScores("accuracy", unit, identity, sums[1]),
        ]


def rows_of_texts(outputs: Outputs, batches: Batches) -> TokenRows:
    """Every token of whole texts, in the order of the batches.

    Args:
        outputs: The model's outputs.
        batches: ((tokens, condition), targets, weights) of whole texts.
    """
    each: list[tuple[np.ndarray, ...]] = []
    for (tokens, condition), targets, weights in batches.in_order():
        logits, _ = outputs.step(tokens, outputs.init_state(len(tokens), condition))
        counted: np.ndarray = weights > 0
        lengths = counted.sum(axis=1)
        right = targets[counted]
        each.append((right, *each_token(logits[counted], right), lengths[lengths > 0]))
    targets, nats, hits, lengths = (np.concatenate(parts) for parts in zip(*each, strict=True))
    return TokenRows(targets, nats, hits, lengths)
