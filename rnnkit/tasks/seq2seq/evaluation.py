"""The scores of an encoder-decoder, compared with baselines."""

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
    OWN,
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
RIGHT = 99.95  # the chrF from which on an answer is right; it ignores white space
JUDGED = 2000  # most answers among which the worst are searched
MOST_ATTENDED = 14  # most source tokens of a report's attention map


class Seq2SeqEvaluator(Evaluator):
    """Scores decoded targets by all reference targets of their source.

    Args:
        predictor: The model.
        data: The parts to score; baselines are fitted on the training set.
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
        sources, references = self._sources_and_references(part)
        decoded = self._targets(part)
        texts = {
            OWN: [self._data.codec.text(target) for target in decoded],
            **self._baseline_texts(sources, part),
        }
        scores: dict[str, dict[str, float]] = {OWN: self._token_rows(part).score.as_dict()}
        signature = ""
        for who, answers in texts.items():
            bleu, signature = translation_scores(answers, references, lowercase=self._lowercase)
            scores[who] = scores.get(who, {}) | bleu
        scores[OWN]["exact"] = float(_exact(decoded, pairs, groups).mean())
        rows = [Score(who, numbers) for who, numbers in scores.items()]
        rows += [self._without_source(part), *published_rows(self._published, part)]
        notes = [f"{counted(len(sources), 'source')} decoded {self._method}", signature]
        notes += ["the model has seen these very pairs"] if part == "train" else []
        if note := self._predictor.unended(decoded, longest_of(pairs.targets)):
            notes.append(note)
        samples = _samples(sources, texts[OWN], references)
        return Evaluation(part, rows, notes, [samples])

    def exhibits(self, part: str) -> list[Exhibit]:
        pairs = self._data.parts[part]
        short = np.flatnonzero(pairs.sources.lengths <= MOST_ATTENDED)
        if not len(short):
            return []
        row = short[np.argsort(pairs.sources.lengths[short], kind="stable")[len(short) // 2]]
        try:
            attention = self._predictor.attention(pairs.pairs.sources[int(row)])
        except RnnkitError:  # a model without attention
            return []
        return [AttentionMap("Attention", attention.source, attention.target, attention.weights)]

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
    def _method(self) -> str:
        beam = self._predictor.defaults.beam_size
        return f"by a beam of {beam}" if beam > 1 else "greedily"

    def row_scores(self, part: str) -> list[RowScores]:
        pairs = self._data.parts[part]
        sources, references = self._sources_and_references(part)
        decoded = self._targets(part)
        texts = [self._data.codec.text(target) for target in decoded]
        counts = np.array([len(targets) for targets in references])
        flat = [target for targets in references for target in targets]
        identity = checksum_of(sources, flat, counts, str(self._lowercase))
        bleu = bleu_sums(texts, references, lowercase=self._lowercase)
        exact = weighted(_exact(decoded, pairs, pairs.groups))
        tokens = self._token_rows(part).row_scores(self._data.codec.target, "pairs", identity)
        return [
            RowScores("bleu", "sources", identity, bleu, "bleu"),
            RowScores("exact", "sources", identity, exact, test="mcnemar"),
            *tokens,
        ]

    def worst(self, part: str) -> list[Exhibit]:
        sources, references = self._sources_and_references(part)
        answers = [self._data.codec.text(target) for target in self._targets(part)[:JUDGED]]
        scores = sentence_chrf(answers, references[: len(answers)], lowercase=self._lowercase)
        rows: list[list[Cell]] = [
            [round(float(scores[row]), 1), *_sample(sources[row], answers[row], references[row])]
            for row in np.argsort(scores, kind="stable")[:LISTED_MISTAKES].tolist()
            if scores[row] < RIGHT
        ]
        of = f" of the first {JUDGED:,}" if len(sources) > JUDGED else ""
        title = f"The worst answers{of}, by chrF"
        header = ["chrF", "source", "answer", "reference"]
        return [Rows(title, header, rows)] if rows else []

    def _targets(self, part: str) -> list[list[int]]:
        """The best target of each distinct source, decoded once."""
        if part not in self._decoded:
            sources = self._data.parts[part].distinct_sources
            self._decoded[part] = [best for best, *_ in self._predictor.decode(sources)]
        return self._decoded[part]

    def _sources_and_references(self, part: str) -> tuple[list[str], list[list[str]]]:
        """The distinct sources of a part, and the distinct targets of each."""
        pairs, groups = self._data.parts[part].pairs, self._data.parts[part].groups
        return [pairs.sources[group[0]] for group in groups], [
            list(dict.fromkeys(pairs.targets[row] for row in group)) for group in groups
        ]

    def _token_rows(self, part: str) -> TokenRows:
        batches = self._data.parts[part].batches(SCORED_AT_ONCE)
        return rows_of_texts(self._predictor.outputs, batches)

    def _without_source(self, part: str) -> Score:
        """The score of n-grams of the targets."""
        scores = ngram_scores(self._data.computed, ngrams(self._data, part))
        ((name, score),) = scores.items()
        numbers = {"loss": score.loss, "perplexity": score.perplexity}
        return Score(name, numbers, "without the source")


def _exact(decoded: list[list[int]], part: PairPart, groups: list[np.ndarray]) -> np.ndarray:
    """Whether each decoded target equals one of its source, token by token, (sources,)."""
    references = [{tuple(part.targets[row][1:].tolist()) for row in group} for group in groups]
    hits = [tuple(target) in targets for target, targets in zip(decoded, references, strict=True)]
    return np.array(hits, np.float64)


def _samples(sources: list[str], answers: list[str], references: list[list[str]]) -> Table:
    sampled = np.unique(np.linspace(0, len(sources) - 1, SAMPLED).round().astype(int))
    rows: list[list[Cell]] = [
        [*_sample(sources[row], answers[row], references[row])] for row in sampled
    ]
    return Table("samples", ["source", "answer", "reference"], rows)


def _sample(source: str, answer: str, references: list[str]) -> list[str]:
    texts = source, answer, " | ".join(references)
    return [textwrap.shorten(text, SHOWN_CHARACTERS, placeholder="...") for text in texts]
