"""The scores of an encoder-decoder: every target token, and one decoded target for each source."""

from __future__ import annotations

import textwrap
from collections import Counter

import numpy as np

from rnnkit.checksums import checksum_of
from rnnkit.errors import RnnkitError
from rnnkit.metrics.row_scores import RowScores, weighted
from rnnkit.metrics.translation import bleu_sums, sentence_chrf, translation_scores
from rnnkit.quantities import counted
from rnnkit.report.exhibits import AttentionMap, Exhibit, Rows
from rnnkit.tasks.evaluation import (
    LISTED_MISTAKES,
    Cell,
    Evaluation,
    Evaluator,
    Score,
    Table,
    published_rows,
)
from rnnkit.tasks.lengths import longest_of
from rnnkit.tasks.ngrams import ngram_scores
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.published import Published
from rnnkit.tasks.seq2seq.baselines import nearest_sources, ngrams
from rnnkit.tasks.seq2seq.data import PairCodec, PairPart
from rnnkit.tasks.seq2seq.predictor import Seq2SeqPredictor
from rnnkit.tasks.token_rows import TokenRows, rows_of_texts

SAMPLED = 6
SHOWN_CHARACTERS = 60
SCORED_AT_ONCE = 64
RIGHT = 99.95  # chrF of an answer that differs in white space alone
JUDGED = 2000  # answers among which the worst are searched
MOST_ATTENDED = 14  # source tokens of the map of a report


class Seq2SeqEvaluator(Evaluator):
    """Scores decoded targets against all that a source has, compared with simple methods.

    Args:
        predictor: The model.
        data: The baselines learn from its training set.
        lowercase: Whether targets are compared in lower case.
        published: The published figure.
    """

    def __init__(
        self,
        predictor: Seq2SeqPredictor,
        data: Prepared[PairCodec, PairPart],
        lowercase: bool,
        published: Published | None,
    ):
        self._predictor, self._data = predictor, data
        self._lowercase, self._published = lowercase, published
        self._decoded: dict[str, list[list[int]]] = {}

    def evaluate(self, part: str, errors: int = 0) -> Evaluation:
        pairs, groups = self._data.parts[part], self._data.parts[part].groups
        sources, references = self._asked(part)
        decoded = self._targets(part)
        texts = {
            "this run": [self._data.codec.text(target) for target in decoded],
            **self._baseline_texts(sources, part),
        }
        scores: dict[str, dict[str, float]] = {"this run": self._token_rows(part).score.as_dict()}
        signature = ""
        for who, written in texts.items():
            bleu, signature = translation_scores(written, references, lowercase=self._lowercase)
            scores[who] = scores.get(who, {}) | bleu
        scores["this run"]["exact"] = float(_exact(decoded, pairs, groups).mean())
        rows = [Score(who, numbers) for who, numbers in scores.items()]
        rows += [self._without_source(part), *published_rows(self._published, part)]
        notes = [f"{counted(len(sources), 'source')} decoded {self._manner}", signature]
        notes += ["the model has seen these very pairs"] if part == "train" else []
        if note := self._predictor.unended(decoded, longest_of(pairs.targets)):
            notes.append(note)
        samples = _samples(sources, texts["this run"], references)
        return Evaluation(part, rows, notes, [samples])

    def exhibits(self, part: str) -> list[Exhibit]:
        pairs = self._data.parts[part]
        short = np.flatnonzero(pairs.sources.lengths <= MOST_ATTENDED)
        if not len(short):
            return []
        row = short[np.argsort(pairs.sources.lengths[short], kind="stable")[len(short) // 2]]
        try:
            looked = self._predictor.attention(pairs.pairs.sources[int(row)])
        except RnnkitError:  # a model without attention
            return []
        return [AttentionMap("Attention", looked.source, looked.target, looked.weights)]

    def _baseline_texts(self, sources: list[str], part: str) -> dict[str, list[str]]:
        train = self._data.parts["train"].pairs
        nearest = self._data.computed.result(nearest_sources(self._data, part))["rows"]
        frequent = Counter(train.targets).most_common(1)[0][0]
        return {
            "nearest training source": [train.targets[int(row)] for row in nearest],
            "copy of the source": sources,
            "most frequent target": [frequent] * len(sources),
        }

    @property
    def _manner(self) -> str:
        beam = self._predictor.defaults.beam_size
        return f"by a beam of {beam}" if beam > 1 else "greedily"

    def row_scores(self, part: str) -> list[RowScores]:
        pairs = self._data.parts[part]
        sources, references = self._asked(part)
        decoded = self._targets(part)
        texts = [self._data.codec.text(target) for target in decoded]
        lengths = np.array([len(each) for each in references])
        right = [text for each in references for text in each]
        identity = checksum_of(sources, right, lengths, str(self._lowercase))
        bleu = bleu_sums(texts, references, lowercase=self._lowercase)
        exact = weighted(_exact(decoded, pairs, pairs.groups))
        tokens = self._token_rows(part).row_scores(self._data.codec.target, "pairs", identity)
        return [
            RowScores("bleu", "sources", identity, bleu, "bleu"),
            RowScores("exact", "sources", identity, exact, test="mcnemar"),
            *tokens,
        ]

    def worst(self, part: str) -> list[Exhibit]:
        sources, references = self._asked(part)
        answers = [self._data.codec.text(target) for target in self._targets(part)[:JUDGED]]
        scores = sentence_chrf(answers, references[: len(answers)], lowercase=self._lowercase)
        rows: list[list[Cell]] = [
            [round(float(scores[row]), 1), *map(_shortened, (sources[row], answers[row], right))]
            for row in np.argsort(scores, kind="stable")[:LISTED_MISTAKES].tolist()
            for right in [" | ".join(references[row])]
            if scores[row] < RIGHT
        ]
        of = f" of the first {JUDGED:,}" if len(sources) > JUDGED else ""
        title = f"The worst answers{of}, by chrF"
        header = ["chrF", "source", "answer", "reference"]
        return [Rows(title, header, rows)] if rows else []

    def _targets(self, part: str) -> list[list[int]]:
        """The best target of each source, decoded once."""
        if part not in self._decoded:
            asked = self._data.parts[part].asked
            self._decoded[part] = [best for best, *_ in self._predictor.decode(asked)]
        return self._decoded[part]

    def _asked(self, part: str) -> tuple[list[str], list[list[str]]]:
        """The different sources of a part, and the references of each."""
        pairs, groups = self._data.parts[part].pairs, self._data.parts[part].groups
        return [pairs.sources[group[0]] for group in groups], [
            list(dict.fromkeys(pairs.targets[row] for row in group)) for group in groups
        ]

    def _token_rows(self, part: str) -> TokenRows:
        batches = self._data.parts[part].batches(SCORED_AT_ONCE)
        return rows_of_texts(self._predictor.outputs, batches)

    def _without_source(self, part: str) -> Score:
        """n-grams of the targets on every token but `<start>`."""
        scores = ngram_scores(self._data.computed, ngrams(self._data, part))
        ((name, score),) = scores.items()
        numbers = {"loss": score.loss, "perplexity": score.perplexity}
        return Score(name, numbers, "without the source")


def _exact(decoded: list[list[int]], part: PairPart, groups: list[np.ndarray]) -> np.ndarray:
    """(sources,) whether the decoded target is one of theirs, token by token."""
    right = [{tuple(part.targets[row][1:].tolist()) for row in group} for group in groups]
    hits = [tuple(target) in targets for target, targets in zip(decoded, right, strict=True)]
    return np.array(hits, np.float64)


def _samples(sources: list[str], answers: list[str], references: list[list[str]]) -> Table:
    shown = np.unique(np.linspace(0, len(sources) - 1, SAMPLED).round().astype(int))
    rows: list[list[Cell]] = [
        [_shortened(text) for text in (sources[row], answers[row], " | ".join(references[row]))]
        for row in shown
    ]
    return Table("samples", ["source", "answer", "reference"], rows)


def _shortened(text: str) -> str:
    return textwrap.shorten(text, SHOWN_CHARACTERS, placeholder="...")
