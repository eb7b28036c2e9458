"""Sequence to sequence: a text in, another text out, by an encoder and a decoder (many to many,
shifted).
"""

from __future__ import annotations

import hashlib
import shlex
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.architecture import Architecture, LayerSpec, resolve
from rnnkit.backend import Objective
from rnnkit.baselines.kneser_ney import KneserNey
from rnnkit.baselines.nearest import NearestSource
from rnnkit.config.spec import Component, Spec, mistake, mistakes_at
from rnnkit.data.batch.buckets import PairBuckets
from rnnkit.data.dataset import PairedDataset
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import ENDS, Tokenizer, TokenizerSpec, Word
from rnnkit.data.raw.labelled import places
from rnnkit.data.raw.pairs import Pairs, by_source, grouped, repeated_sources
from rnnkit.data.raw.split import PairSplit
from rnnkit.errors import RnnkitError, at
from rnnkit.generation.decode import Stepper, StreamStepper, beam_search, complete
from rnnkit.generation.options import Generate
from rnnkit.generation.originality import TrainingText
from rnnkit.metrics.next_token import NextTokenScore, score_logits, score_probabilities
from rnnkit.metrics.translation import translation_scores
from rnnkit.models.layers.attention import Attention
from rnnkit.models.layers.attention import Score as AttentionScore
from rnnkit.models.layers.condition import Condition
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.tied import Tied
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.tasks.embeddings import initial_embeddings
from rnnkit.tasks.language_model.task import next_token_objective
from rnnkit.tasks.task import (
    Evaluation,
    InBuckets,
    Mistakes,
    Outputs,
    RecurrentModel,
    Score,
    Table,
    Task,
    carried_mistakes,
    shape_mistakes,
    token_input_mistakes,
)

CONTEXT = 4  # tokens that the n-gram baseline sees
SAMPLED = 6
SHOWN_CHARACTERS = 60
SMOKE_SHARE = 0.2  # of the small sample, of which a smaller share is nothing
SCORED_AT_ONCE = 64
DECODED_AT_ONCE = 128
SECONDS_BETWEEN_LINES = 5

Say = Callable[[str], None]


class Seq2SeqSettings(Spec):
    """Nothing to set: the source of a pair is read, and its target written."""


class TextSide(Spec):
    """How the texts of one side are read."""

    short: ClassVar[str | None] = "tokenizer"
    tokenizer: Annotated[TokenizerSpec, Component("tokenizer")] = Word()
    max_length: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="pairs with more words here (characters, for char) are left out",
    )

    def length(self, text: str) -> int:
        """The size of a text, as `max_length` counts it."""
        return len(text.split()) if self.tokenizer.cuts_at_space else len(text)

    @property
    def unit(self) -> str:
        """What `max_length` counts."""
        return "words" if self.tokenizer.cuts_at_space else "characters"


class Seq2SeqData(Spec):
    """The `data:` section."""

    dataset: Annotated[PairedDataset, Component("dataset")]
    source: TextSide = TextSide()
    target: TextSide = TextSide()
    max_pairs: int | None = Field(
        None,
        ge=1,
        description=(
            "keep about so many pairs, drawn by chance; all pairs of a source stay or go together"
        ),
    )
    split: PairSplit = PairSplit()

    @property
    def tokenizer(self) -> TokenizerSpec:
        """How a seed is cut into tokens."""
        return self.source.tokenizer


class DecoderModel(RecurrentModel):
    """The decoder: its layers start from the encoder's last states."""

    tie_weights: bool = Field(
        False,
        description="whether the output layer shares the decoder's embedding table, without a bias",
    )


class AttentionSettings(Spec):
    """Attention of the decoder to every step of the source, after its recurrent layers."""

    short: ClassVar[str | None] = "score"
    score: AttentionScore = Field(
        description="additive (Bahdanau et al. 2015) or multiplicative (Luong et al. 2015)"
    )
    units: int | None = Field(
        None,
        ge=1,
        le=65_536,
        description=(
            "the size of its output; where unset the decoder's, or the embedding's where tied"
        ),
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="the share of its output that is dropped")


class Seq2SeqModel(Spec):
    """The `model:` section."""

    encoder: RecurrentModel
    decoder: DecoderModel
    attention: AttentionSettings | None = None


@dataclass(frozen=True)
class PairCodec:
    """Sources to ids, and ids to targets.

    Args:
        source: Its token 0 is `<pad>`.
        target: It has `<start>` and `<end>`.
    """

    source: Tokenizer
    target: Tokenizer

    @property
    def ends(self) -> tuple[int, int]:
        """The ids of `<start>` and `<end>`."""
        return self.target.vocabulary.index(ENDS[0]), self.target.vocabulary.index(ENDS[1])


@dataclass
class PairPart:
    """One part of the data.

    Args:
        pairs: The raw texts.
        sources: Their token ids.
        targets: Those of the targets, from `<start>` to `<end>`.
    """

    pairs: Pairs
    sources: Sequences
    targets: Sequences


@dataclass
class PairData(InBuckets):
    """Encoded pairs.

    Args:
        codec: Texts to ids and back.
        parts: Each part's pairs.
        batch_size: Pairs of a batch.
        notes: What was left out or is remarkable.
    """

    codec: PairCodec
    parts: dict[str, PairPart]
    batch_size: int
    notes: list[str] = field(default_factory=list)

    def batches(self, part: str, batch_size: int) -> PairBuckets:
        """A part in batches."""
        return PairBuckets(self.parts[part].sources, self.parts[part].targets, batch_size)

    @property
    def fingerprint(self) -> str:
        sides = [
            side for _, part in sorted(self.parts.items()) for side in (part.sources, part.targets)
        ]
        return hashlib.sha256(
            b"".join(array.tobytes() for side in sides for array in (side.flat, side.lengths))
        ).hexdigest()

    def describe(self) -> list[str]:
        sizes = ", ".join(
            f"{name} {len(part.pairs):,} pairs of {len(by_source(part.pairs.sources)):,} sources"
            for name, part in self.parts.items()
        )
        lines = [
            f"{sizes}; vocabularies of {len(self.codec.source):,} and {len(self.codec.target):,}"
        ]
        for name, part in self.parts.items():
            told = []
            for side, texts, tokenizer, ends in (
                ("source", part.sources, self.codec.source, 0),
                ("target", part.targets, self.codec.target, 2),
            ):
                unknown = np.count_nonzero(texts.flat == tokenizer.unknown_id) / (
                    len(texts.flat) - ends * len(texts)
                )
                told.append(
                    f"{texts.lengths.mean() - ends:.1f} tokens a {side}, the longest"
                    f" {texts.lengths.max() - ends:,}, {unknown:.1%} <unk>"
                )
            lines.append(f"{name}: {'; '.join(told)}")
        return lines + self.notes

    def save(self, run: RunFolder) -> None:
        self.codec.source.save(run.source_tokenizer)
        self.codec.target.save(run.tokenizer)


@dataclass(frozen=True)
class Answer:
    """A target, and its log-probability in nats given the source."""

    target: str
    log_probability: float


class Seq2Seq(Task):
    """A text from a text, such as a translation: an encoder reads the source, a decoder writes the
    target (many to many, shifted).
    """

    task: Seq2SeqSettings
    data: Seq2SeqData
    model: Seq2SeqModel
    generate: Generate = Generate(max_new_tokens=100)

    metrics: ClassVar[tuple[str, ...]] = ("loss", "accuracy", "perplexity")

    @model_validator(mode="after")
    def _check(self) -> Self:
        encoder, decoder = ("model", "encoder"), ("model", "decoder")
        problems = shape_mistakes(self._resolve_encoder, encoder)
        if not problems:
            problems = shape_mistakes(self._resolve, decoder)
        problems += carried_mistakes(
            self.model.decoder.layers, (*decoder, "layers")
        ) + self._encoder_mistakes((*encoder, "layers"))
        for side, place in ((self.model.encoder, encoder), (self.model.decoder, decoder)):
            problems += token_input_mistakes(side.embedding, (*place, "embedding"))
        if self.model.decoder.tie_weights and not isinstance(
            self.model.decoder.embedding, Embedding
        ):
            problems.append(
                (
                    (*decoder, "tie_weights"),
                    mistake(
                        "true without an embedding",
                        "Expected a table to share",
                        "Write `embedding: 128`",
                    ),
                )
            )
        if self.data.split.validation + self.data.split.test >= 1:
            problems.append(
                (
                    ("data", "split"),
                    mistake(
                        "validation and test take everything",
                        "Expected shares that leave pairs to train on",
                    ),
                )
            )
        problems += self.monitor_mistakes()
        if problems:
            raise mistakes_at(problems)
        return self

    def _encoder_mistakes(self, place: tuple[str, ...]) -> Mistakes:
        layers = self.model.encoder.layers
        unrolled = mistake("true over texts of any length", "Expected false", "Remove it")
        problems: Mistakes = [
            ((*place, index, name_of("layer", type(layer)), "unroll"), unrolled)
            for index, layer in enumerate(layers)
            if getattr(layer, "unroll", False)
        ]
        if not any(layer.state_shapes((None, 1)) for layer in layers):
            problems.append(
                (
                    place,
                    mistake(
                        "no layer with a state",
                        "Expected a recurrent layer, whose last state starts the decoder",
                    ),
                )
            )
        return problems

    def load_data(
        self, *, sample: bool = False, codec: PairCodec | None = None, file: str | None = None
    ) -> PairData:
        dataset = self.data.dataset
        found = dataset.sample() if sample else dataset.load()
        notes = list(found.notes)
        parts = self._split(
            {part: self._short_enough(pairs, part, notes) for part, pairs in found.parts.items()},
            sample,
        )
        if file is not None:
            with at("--data"):
                further = dataset.read(file)
            parts |= further.parts
            notes += further.notes
        if codec is None:
            source, target = self.data.source.tokenizer, self.data.target.tokenizer
            codec = PairCodec(
                source.train(*parts["train"].sources, padding=True),
                target.train(*parts["train"].targets, ends=True),
            )
        encoded = {part: self._encoded(pairs, codec, part, notes) for part, pairs in parts.items()}
        for part in ("validation", "test"):
            if part in parts and (repeated := repeated_sources(parts[part], parts["train"])):
                notes.append(
                    f"{repeated:,} of {len(parts[part]):,} {part} pairs have a source that stands"
                    " in the training part too"
                )
        return PairData(codec, encoded, self.train.batch_size, notes)

    def _short_enough(self, pairs: Pairs, part: str, notes: list[str]) -> Pairs:
        """The pairs of which neither side is longer than it may be, and not too many of them."""
        kept = np.ones(len(pairs), bool)
        for name, side, texts in (
            ("source", self.data.source, pairs.sources),
            ("target", self.data.target, pairs.targets),
        ):
            if side.max_length is None:
                continue
            lengths = np.array([side.length(text) for text in texts])
            if long := np.count_nonzero(kept & (lengths > side.max_length)):
                notes.append(
                    f"{part}: {long:,} pairs left out, whose {name} has more than"
                    f" {side.max_length:,} {side.unit}"
                )
            kept &= lengths <= side.max_length
            if not kept.any():
                got = (
                    f"{side.max_length}, and it leaves no pair of the {part} part: the shortest"
                    f" {name} of {len(pairs):,} pairs has {lengths.min():,}"
                )
                raise RnnkitError(
                    f"data.{name}.max_length", f"{got} {side.unit}", "Expected a larger number"
                )
        rows = np.flatnonzero(kept)
        if part == "train" and self.data.max_pairs is not None and len(rows) > self.data.max_pairs:
            groups = by_source(pairs.take(rows).sources)
            order = np.random.default_rng(self.data.split.random_seed).permutation(len(groups))
            enough = (
                int(
                    np.searchsorted(
                        np.cumsum([len(groups[group]) for group in order]), self.data.max_pairs
                    )
                )
                + 1
            )
            notes.append(
                f"the pairs of {enough:,} of {len(groups):,} sources are drawn by chance"
                " (data.max_pairs)"
            )
            rows = rows[np.sort(np.concatenate([groups[group] for group in order[:enough]]))]
        return pairs.take(rows)

    def _split(self, parts: dict[str, Pairs], sample: bool) -> dict[str, Pairs]:
        """The parts that the data set has, and those that are held out of its training part."""
        split = self.data.split
        shares = {
            part: share
            for part, share in (("validation", split.validation), ("test", split.test))
            if share and part not in parts
        }
        if sample:
            shares = dict.fromkeys(shares, SMOKE_SHARE)
        whole = parts["train"]
        for part, rows in grouped(whole.sources, shares, split.random_seed).items():
            if not len(rows):
                hint = (
                    f"More pairs, a larger data.split.{part}, or 0 for none"
                    if part != "train"
                    else "More pairs, or smaller shares"
                )
                raise RnnkitError(
                    "data.split",
                    f"{len(whole):,} pairs leave the {part} part empty",
                    "Expected at least one source in each part",
                    hint,
                )
            parts = parts | {part: whole.take(rows)}
        return parts

    def _encoded(self, pairs: Pairs, codec: PairCodec, part: str, notes: list[str]) -> PairPart:
        start, end = codec.ends
        sources, targets = (
            codec.source.encode_all(pairs.sources),
            codec.target.encode_all(pairs.targets),
        )
        kept = np.flatnonzero((sources.lengths > 0) & (targets.lengths > 0))
        if len(kept) < len(pairs):
            lost = [
                pairs.place(int(row))
                for row in np.flatnonzero((sources.lengths == 0) | (targets.lengths == 0))
            ]
            notes.append(
                f"{part}: {len(lost):,} pairs left out, of which the tokenizer leaves nothing on"
                f" one side: {places(lost)}"
            )
            pairs, sources, targets = pairs.take(kept), sources.take(kept), targets.take(kept)
        if not len(kept):
            raise RnnkitError(
                "data",
                f"no pair of the {part} part has a token on both sides",
                "Expected texts that the tokenizers can read",
            )
        return PairPart(
            pairs,
            sources,
            Sequences.of([start, *targets[row].tolist(), end] for row in range(len(targets))),
        )

    def load_codec(self, run: RunFolder) -> PairCodec:
        return PairCodec(
            self.data.source.tokenizer.load(run.source_tokenizer),
            self.data.target.tokenizer.load(run.tokenizer),
        )

    def architecture(self, codec: PairCodec) -> Architecture:
        return self._resolve(len(codec.source), len(codec.target))

    def _resolve(
        self, source_vocabulary: int | None = None, target_vocabulary: int | None = None
    ) -> Architecture:
        encoder = self._resolve_encoder(source_vocabulary)
        decoder = resolve(
            "seq2seq",
            self.model.decoder.embedding,
            self.model.decoder.layers,
            self._head(encoder.output_shape[-1] or 1, target_vocabulary or 1),
            timesteps=None,
            features=target_vocabulary,
            sequence_output=True,
        )
        return decoder.with_encoder(encoder, Condition) if decoder.states() else decoder

    def _resolve_encoder(self, vocabulary: int | None = None) -> Architecture:
        first, layers = self.model.encoder.embedding, self.model.encoder.layers
        return resolve(
            "encoder",
            first,
            layers,
            {},
            timesteps=None,
            features=vocabulary,
            sequence_output=True,
            padded=True,
        )

    def _head(self, memory: int, vocabulary: int) -> dict[str, LayerSpec]:
        first, attention = self.model.decoder.embedding, self.model.attention
        tied = first if self.model.decoder.tie_weights and isinstance(first, Embedding) else None
        head: dict[str, LayerSpec] = {}
        if attention:
            own = [
                layer.output_shape((None, 1), True)[-1] or 1
                for layer in self.model.decoder.layers
                if layer.state_shapes((None, 1))
            ]
            units = attention.units or (tied.dim if tied else own[-1] if own else 1)
            head["attention"] = Attention(score=attention.score, units=units, memory=memory)
            if attention.dropout:
                head["attention_dropout"] = Dropout(rate=attention.dropout)
        return {
            **head,
            "logits": (
                Tied(dim=tied.dim, vocabulary=vocabulary) if tied else Dense(units=vocabulary)
            ),
        }

    def initial_weights(self, data: PairData, say: Say) -> dict[str, np.ndarray]:
        codec, train, seed = data.codec, data.parts["train"], self.train.random_seed
        source = initial_embeddings(
            self.model.encoder.embedding, codec.source.vocabulary, train.sources, seed, say
        )
        target = initial_embeddings(
            self.model.decoder.embedding, codec.target.vocabulary, train.targets, seed, say
        )
        return {f"encoder/{name}": vectors for name, vectors in source.items()} | target

    def objective(self, codec: PairCodec) -> Objective:
        return next_token_objective()

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        score = NextTokenScore(round(sums["weight"]), round(sums["correct"]), sums["loss"])
        return {"loss": score.loss, "accuracy": score.accuracy, "perplexity": score.perplexity}

    def evaluate(
        self,
        outputs: Outputs,
        data: PairData,
        parts: Iterable[str],
        *,
        errors: int = 0,
        say: Say = lambda line: None,
    ) -> list[Evaluation]:
        train = data.parts["train"]
        neighbours = KneserNey(train.targets.flat, len(data.codec.target), start=data.codec.ends[0])
        nearest = NearestSource(train.sources, len(data.codec.source))
        return [
            self._evaluate_part(outputs, data, part, neighbours, nearest, say) for part in parts
        ]

    def _evaluate_part(
        self,
        outputs: Outputs,
        data: PairData,
        name: str,
        neighbours: KneserNey,
        nearest: NearestSource,
        say: Say,
    ) -> Evaluation:
        """Every target token, given those before it; and one decoded target for each source,
        against all that it has.
        """
        part, train = data.parts[name], data.parts["train"].pairs
        groups = by_source(part.pairs.sources)
        first = np.array([group[0] for group in groups])
        sources = part.pairs.take(first).sources
        wanted = [list(dict.fromkeys(part.pairs.targets[row] for row in group)) for group in groups]
        asked = part.sources.take(first)
        decoded = self._decoded(data.codec, outputs, asked, say)
        frequent = Counter(train.targets).most_common(1)[0][0]
        answers = {
            "this run": [_written(data.codec, target) for target in decoded],
            "nearest training source": [train.targets[int(row)] for row in nearest.predict(asked)],
            "copy of the source": sources,
            "most frequent target": [frequent] * len(sources),
        }
        right = [{tuple(part.targets[row][1:].tolist()) for row in group} for group in groups]
        scores: dict[str, dict[str, float]] = {
            "this run": self._teacher_forced(outputs, data, name).as_dict()
        }
        lowercase, signature = self.data.target.tokenizer.lowercase, ""
        for who, texts in answers.items():
            found, signature = translation_scores(texts, wanted, lowercase=lowercase)
            scores[who] = scores.get(who, {}) | found
        scores["this run"]["exact"] = float(
            np.mean(
                [tuple(target) in targets for target, targets in zip(decoded, right, strict=True)]
            )
        )
        rows = [Score(who, found) for who, found in scores.items()]
        without = _without_the_source(neighbours, part.targets, data.codec)
        rows.append(
            Score(
                f"Kneser-Ney {neighbours.order}-gram",
                {"loss": without.loss, "perplexity": without.perplexity},
                "without the source",
            )
        )
        if self.published and self.published.part == name:
            rows.append(
                Score(
                    "published",
                    {self.published.metric: self.published.value},
                    self.published.source,
                )
            )
        notes = [f"{len(sources):,} sources decoded {self._manner()}", signature]
        notes += ["the model has seen these very pairs"] if name == "train" else []
        shown = np.unique(np.linspace(0, len(sources) - 1, SAMPLED).round().astype(int))
        cells = [
            [
                _shortened(text)
                for text in (sources[row], answers["this run"][row], " | ".join(wanted[row]))
            ]
            for row in shown
        ]
        return Evaluation(
            name, rows, notes, [Table("samples", ["source", "answer", "wanted"], cells)]
        )

    def _teacher_forced(self, outputs: Outputs, data: PairData, part: str) -> NextTokenScore:
        score = NextTokenScore()
        for (tokens, sources), targets, weights in data.batches(part, SCORED_AT_ONCE).in_order():
            logits, _ = outputs.go_on(tokens, outputs.start(len(tokens), sources))
            counted = weights > 0
            score += score_logits(logits[counted], targets[counted])
        return score

    def _manner(self) -> str:
        return (
            f"by a beam of {self.generate.beam_size}" if self.generate.beam_size > 1 else "greedily"
        )

    def _decoded(
        self, codec: PairCodec, outputs: Outputs, sources: Sequences, say: Say = lambda line: None
    ) -> list[list[int]]:
        """The likeliest target that is found for each source, in the sources' own order; `<end>` is
        its last token, unless it grew too long.
        """
        # sources of one length, and so targets of similar lengths, side by side
        order = np.argsort(sources.lengths, kind="stable")
        found: dict[int, list[int]] = {}
        started = told = time.monotonic()
        for start in range(0, len(order), DECODED_AT_ONCE):
            rows = order[start : start + DECODED_AT_ONCE]
            targets = self._targets(
                codec, outputs, sources.padded(rows, int(sources.lengths[rows].max()))
            )
            found |= {int(row): best for row, (best, *_) in zip(rows, targets, strict=True)}
            if time.monotonic() - told > SECONDS_BETWEEN_LINES:
                told = time.monotonic()
                left = (told - started) * (len(order) / len(found) - 1)
                say(f"{len(found):,} of {len(order):,} sources decoded, {left:,.0f} s left")
        return [found[row] for row in range(len(order))]

    def _targets(
        self, codec: PairCodec, outputs: Outputs, sources: np.ndarray
    ) -> list[list[list[int]]]:
        """The targets of each of (batch, source timesteps) ids, best first: one that is found
        greedily, or as many as the run's beam is wide.
        """
        start, end = codec.ends
        options = Generate(
            **{
                name: getattr(self.generate, name)
                for name in ("beam_size", "length_penalty", "max_new_tokens")
            }
        )
        search = (
            StreamStepper(outputs, sources),
            np.full((len(sources), 1), start, np.int32),
            options,
            self.banned(codec),
        )
        if options.beam_size == 1:
            return [[row] for row in complete(*search, lambda tokens: tokens[-1] == end)]
        return [
            [beam.tokens for beam in beams]
            for beams in beam_search(*search, lambda tokens: tokens[-1] == end)
        ]

    def _again(
        self, codec: PairCodec, outputs: Outputs, source: np.ndarray, target: list[int]
    ) -> tuple[np.ndarray, Any]:
        """The logits at each token of a target, (tokens, vocabulary), and the state after them,
        while it is given to the decoder.
        """
        logits, states = outputs.go_on(
            np.array([[codec.ends[0], *target[:-1]]], np.int32), outputs.start(1, source)
        )
        return logits[0], states

    def answer(
        self, codec: PairCodec, outputs: Outputs, text: str, *, top: int, where: str, warn: Say
    ) -> list[Answer]:
        source = self._encode_source(codec, text, where, "unk", warn)
        (targets,) = self._targets(codec, outputs, source)
        scores = (
            score_logits(self._again(codec, outputs, source, target)[0], np.array(target))
            for target in targets[:top]
        )
        return [
            Answer(_written(codec, target), -score.nats)
            for target, score in zip(targets, scores, strict=False)
        ]

    def attended(
        self, codec: PairCodec, outputs: Outputs, text: str, *, where: str, warn: Say
    ) -> tuple[list[str], list[str], np.ndarray]:
        """The tokens of a source, those of its likeliest target, and the share of each of the
        former in each of the latter.

        Args:
            codec: The run's codec.
            outputs: NumPy's answers of a model with attention, whose state keeps the shares.
            text: The source.
            where: How messages call it.
            warn: Called with a line about what is not as expected.

        Returns:
            Source tokens, target tokens, and (target tokens, source tokens) shares; each row sums
            to 1.
        """
        source = self._encode_source(codec, text, where, "unk", warn)
        ((best, *_),) = self._targets(codec, outputs, source)
        _, states = self._again(codec, outputs, source, best)
        return codec.source.tokens(source[0]), codec.target.tokens(best), states["attention"][-1][0]

    def answer_columns(self, codec: PairCodec) -> list[str]:
        return ["target"]

    def table_options(self) -> dict[str, Any]:
        kind = self.data.dataset.own_format()
        options = {} if kind is None else {"kind": name_of("format", type(kind)), **dict(kind)}
        return {"text": self.data.dataset.text_column, **options}

    def answer_all(
        self,
        codec: PairCodec,
        outputs: Outputs,
        texts: Sequence[str],
        *,
        say: Say = lambda line: None,
    ) -> list[dict[str, Any] | None]:
        encoded = codec.source.encode_all(texts)
        readable = np.flatnonzero(
            [
                bool(text.strip()) and length > 0
                for text, length in zip(texts, encoded.lengths, strict=True)
            ]
        )
        answers: list[dict[str, Any] | None] = [None] * len(texts)
        side = self.data.source
        if side.max_length is not None and (
            long := sum(side.length(text) > side.max_length for text in texts)
        ):
            say(
                f"{long:,} sources have more {side.unit} than the {side.max_length:,} of the"
                " longest that the model has learnt from"
            )
        for row, target in zip(
            readable, self._decoded(codec, outputs, encoded.take(readable), say), strict=True
        ):
            answers[row] = {"target": _written(codec, target)}
        return answers

    def sample(self, outputs: Outputs, data: PairData) -> str:
        part = data.parts["validation" if "validation" in data.parts else "train"]
        rows = np.unique(np.linspace(0, len(part.pairs) - 1, SAMPLED).round().astype(int))
        decoded = self._decoded(data.codec, outputs, part.sources.take(rows))
        shown = part.pairs.take(rows)
        answers = [_written(data.codec, target) for target in decoded]
        return "\n".join(
            f"{source} -> {answer} ({target})"
            for source, answer, target in zip(shown.sources, answers, shown.targets, strict=True)
        )

    def next_command(self, run: RunFolder, data: PairData) -> str:
        part = data.parts["train"]
        # a seed must hold known words only
        known = [
            row
            for row in range(len(part.pairs))
            if data.codec.source.unknown_id not in part.sources[row]
        ]
        seed = part.pairs.sources[known[0] if known else 0]
        return f"rnnkit generate {shlex.quote(str(run))} --seed {shlex.quote(seed)}"

    def tokenizers(self) -> dict[str, Spec]:
        return {
            "data.source.tokenizer": self.data.source.tokenizer,
            "data.target.tokenizer": self.data.target.tokenizer,
        }

    def begin(
        self,
        codec: PairCodec,
        outputs: Outputs,
        seed: str,
        condition: None,
        *,
        where: str,
        oov: str,
        warn: Say,
    ) -> tuple[Stepper, np.ndarray]:
        """The model with the seed as its source, and `<start>`, (1, 1), from which the target goes
        on.
        """
        source = self._encode_source(codec, seed, where, oov, warn)
        return StreamStepper(outputs, source), np.full((1, 1), codec.ends[0], np.int32)

    def _encode_source(
        self, codec: PairCodec, text: str, where: str, oov: str, warn: Say
    ) -> np.ndarray:
        """The ids of a source, (1, tokens).

        Raises:
            RnnkitError: If nothing is to be read, or if there are unknown words and `oov` is
                "error".
        """
        token_ids = codec.source.encode(text)
        if oov == "error":
            with at(where):
                codec.source.encode_known(text)
        if oov != "error" and (unknown := codec.source.unknown(text)):
            warn(
                f"{where}: not in the vocabulary,"
                f" {'left out' if oov == 'skip' else 'read as <unk>'}:"
                f" {', '.join(map(repr, unknown))}"
            )
        if oov == "skip":
            token_ids = token_ids[token_ids != codec.source.unknown_id]
        if not len(token_ids):
            raise RnnkitError(
                where,
                f"nothing to read in {text!r}",
                f"Expected a source of at least one {self.data.tokenizer.unit.rstrip('s')}",
            )
        side = self.data.source
        if side.max_length is not None and (length := side.length(text)) > side.max_length:
            warn(
                f"{where}: {length:,} {side.unit}, and the model has learnt from sources of"
                f" {side.max_length:,} at most"
            )
        return token_ids[None]

    def condition(self, codec: PairCodec, label: str | None, where: str) -> None:
        """Nothing: the seed itself is what the target is conditioned on.

        Raises:
            RnnkitError: If a condition is given.
        """
        if label is not None:
            raise RnnkitError(
                where,
                "a model that is conditioned on its source",
                "Expected a conditioned_language_model run",
                "Leave it out",
            )

    def banned(self, codec: PairCodec) -> list[int]:
        """Tokens that are never generated."""
        return [codec.target.unknown_id, codec.ends[0]]

    def end_token(self, codec: PairCodec) -> int | None:
        """The token that ends a target."""
        return codec.ends[1]

    def tokenizer_of(self, codec: PairCodec) -> Tokenizer:
        """The tokenizer of what is generated."""
        return codec.target

    def training_text(self, data: PairData) -> TrainingText:
        """Where copies are looked for."""
        return TrainingText(data.parts["train"].targets.flat)


def _written(codec: PairCodec, target: Sequence[int]) -> str:
    return codec.target.text(token for token in target if token != codec.ends[1])


def _shortened(text: str) -> str:
    return textwrap.shorten(text, SHOWN_CHARACTERS, placeholder="...")


def _without_the_source(model: KneserNey, targets: Sequences, codec: PairCodec) -> NextTokenScore:
    """The score of n-grams on every token of the targets but `<start>`."""
    contexts = np.lib.stride_tricks.sliding_window_view(
        np.concatenate([np.full(CONTEXT, -1), targets.flat])[:-1], CONTEXT
    )
    is_target = targets.flat != codec.ends[0]
    return score_probabilities(
        *model.predict(contexts[is_target], targets.flat[is_target]), targets.flat[is_target]
    )
