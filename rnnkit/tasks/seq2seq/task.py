"""Sequence to sequence: a text in, another text out, by an encoder and a decoder (many to many,
shifted).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from rnnkit.architecture import Architecture
from rnnkit.audit.audit import Audit
from rnnkit.computations import Computation
from rnnkit.config.unused import Unused
from rnnkit.data.encode.cached import train_cached
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec
from rnnkit.data.raw.pairs import repeated_sources
from rnnkit.generation.options import Generate
from rnnkit.platform.shell import quote
from rnnkit.quantities import agreed, counted
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.tasks.basis import HELD_OUT
from rnnkit.tasks.lengths import load_longest, longest_of
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.next_token import METRICS
from rnnkit.tasks.prepared import Parts, Prepared, Source
from rnnkit.tasks.seq2seq.baselines import nearest_sources, ngrams
from rnnkit.tasks.seq2seq.data import (
    PairCodec,
    PairPart,
    describe,
    encode,
    encode_later,
    read_parts,
    tokenizer_lines,
)
from rnnkit.tasks.seq2seq.evaluation import Seq2SeqEvaluator
from rnnkit.tasks.seq2seq.network import Seq2SeqNetwork, resolve_encoder, resolve_layers
from rnnkit.tasks.seq2seq.predictor import Seq2SeqPredictor
from rnnkit.tasks.seq2seq.sections import (
    DECODER,
    ENCODER,
    Seq2SeqData,
    Seq2SeqModel,
    Seq2SeqSettings,
    check_sections,
)
from rnnkit.tasks.task import Task

SAMPLED = 6

Data = Prepared[PairCodec, PairPart]


class Seq2Seq(Task[PairCodec, PairPart, Seq2SeqPredictor]):
    """A text from a text, such as a translation: an encoder reads the source, a decoder generates
    the target (many to many, shifted).
    """

    task: Seq2SeqSettings
    data: Seq2SeqData
    model: Seq2SeqModel
    generate: Generate = Generate()

    monitored: ClassVar[tuple[str, ...]] = METRICS

    @model_validator(mode="after")
    def _check(self) -> Self:
        mistakes = check_sections(self.data, self.model)
        mistakes.check_shapes(lambda: resolve_encoder(self.model), ENCODER)
        if not mistakes:
            mistakes.check_shapes(lambda: resolve_layers(self.model), DECODER)
        mistakes.check_training(self.train, self.monitored, has_ceiling=self.has_ceiling)
        mistakes.report()
        return self

    def lists_of_layers(self) -> dict[str, Architecture]:
        return {ENCODER: resolve_encoder(self.model), DECODER: resolve_layers(self.model)}

    def unused(self) -> Iterator[Unused]:
        draws = ("data.split.random_seed",) if self.data.max_pairs is not None else ()
        return (unused for unused in super().unused() if unused.key not in draws)

    def prepare(self, source: Source, codec: PairCodec | None = None) -> Data:
        raw, notes = read_parts(self.data, source)
        if codec is None:
            train = raw["train"]
            (source_key, source_spec), (target_key, target_spec) = (
                (f"{section}.{name_of('tokenizer', type(spec))}", spec)
                for section, spec in self.tokenizers().items()
            )
            codec = PairCodec(
                train_cached(source_spec, train.sources, padding=True, key=source_key),
                train_cached(target_spec, train.targets, ends=True, key=target_key),
            )
        # the test set is scored, if at all, after all choices are made
        later = [name for name in raw if name == "test"]
        encoded = {name: encode(name, raw[name], codec, notes) for name in raw if name not in later}
        if codec.longest is None or source.refit:
            codec = replace(codec, longest=longest_of(encoded["train"].targets))
        notes += tokenizer_lines(self.data, codec, encoded)
        for name in ("validation", "test"):
            if name in raw and (repeated := repeated_sources(raw[name], raw["train"])):
                notes.append(
                    f"{repeated:,} of {counted(len(raw[name]), f'{name} pair')}"
                    f" {agreed(repeated, 'has', 'have')} a source that the training set also has"
                )
        parts = Parts(
            encoded, {name: partial(encode_later, name, raw[name], codec) for name in later}
        )
        checksums = {name: raw[name].checksum for name in later}
        notes = describe(codec, encoded, raw) + notes
        return Prepared(
            codec,
            parts,
            self.train.rows,
            notes,
            checksums=checksums,
            source=source,
            num_buckets=self.train.buckets,
        )

    def load_codec(self, run: RunFolder) -> PairCodec:
        source, target = self.data.source.tokenizer, self.data.target.tokenizer
        return PairCodec(
            source.load(run.source_tokenizer), target.load(run.tokenizer), load_longest(run)
        )

    def tokenizers(self) -> dict[str, TokenizerSpec]:
        return {
            "data.source.tokenizer": self.data.source.tokenizer,
            "data.target.tokenizer": self.data.target.tokenizer,
        }

    def network(self, codec: PairCodec) -> Seq2SeqNetwork:
        return Seq2SeqNetwork(self.model, codec, self.train.random_seed)

    def predictor_class(self) -> type[Seq2SeqPredictor]:
        return Seq2SeqPredictor

    def predictor(self, codec: PairCodec, outputs: Outputs) -> Seq2SeqPredictor:
        column = self.data.dataset.further.text_column
        return Seq2SeqPredictor(codec, outputs, self.generate, self.data.source, column)

    def evaluator(self, predictor: Seq2SeqPredictor, data: Data) -> Seq2SeqEvaluator:
        lowercase = self.data.target.tokenizer.lowercase
        return Seq2SeqEvaluator(predictor, data, lowercase, self.published)

    def baselines(self, data: Data) -> list[Computation]:
        return [nearest_sources(data, data.watched), ngrams(data, data.watched)]

    def audit(self, data: Data, parameters: int) -> Audit:
        from rnnkit.tasks.seq2seq.audit import audit

        return audit(self.data, data, parameters)

    def basis(self, metric: str) -> dict[str, object]:
        source = self.data.source  # its tokenizer decides the unit of max_length
        longest = source.max_length and (source.max_length, source.unit)
        return {HELD_OUT: (self.data.model_copy(update={"source": None}), longest)}

    @property
    def judged_by(self) -> tuple[str, ...]:
        return ("bleu", "perplexity")

    def sample(self, predictor: Seq2SeqPredictor, data: Data) -> str:
        part = data.parts[data.watched]
        rows = np.unique(np.linspace(0, len(part) - 1, SAMPLED).round().astype(int))
        decoded = predictor.decode(part.sources.take(rows))
        answers = [data.codec.text(best) for best, *_ in decoded]
        pairs = part.pairs.take(rows)
        return "\n".join(
            f"{source} -> {answer} ({target})"
            for source, answer, target in zip(pairs.sources, answers, pairs.targets, strict=True)
        )

    def next_command(self, run: RunFolder, data: Data) -> str:
        part, unknown = data.parts["train"], data.codec.source.unknown_id
        # by default, generation accepts a source of known words only
        known = (row for row in range(len(part)) if unknown not in part.sources[row])
        seed = part.pairs.sources[next(known, 0)]
        return f"rnnkit generate {quote(str(run))} --seed {quote(seed)}"
