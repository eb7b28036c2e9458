"""Conditioned language modelling: a text from a label or from numbers (one to many)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar, Self

from pydantic import model_validator

from rnnkit.architecture import Architecture
from rnnkit.audit.audit import Audit
from rnnkit.computations import Computation
from rnnkit.data.encode.cached import train_cached
from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec
from rnnkit.generation.decode import generate
from rnnkit.generation.options import Generate
from rnnkit.platform.shell import quote
from rnnkit.run import RunFolder
from rnnkit.tasks.basis import HELD_OUT
from rnnkit.tasks.conditioned_language_model.baselines import ngrams
from rnnkit.tasks.conditioned_language_model.data import (
    ConditionedCodec,
    ConditionedPart,
    condition_class,
    describe,
    encode,
    encode_later,
    read_parts,
)
from rnnkit.tasks.conditioned_language_model.evaluation import ConditionedEvaluator
from rnnkit.tasks.conditioned_language_model.network import ConditionedNetwork, resolve_layers
from rnnkit.tasks.conditioned_language_model.predictor import ConditionedPredictor
from rnnkit.tasks.conditioned_language_model.sections import (
    ConditionedData,
    ConditionedSettings,
    check_sections,
)
from rnnkit.tasks.lengths import load_longest, longest_of
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.next_token import METRICS
from rnnkit.tasks.prepared import Parts, Prepared, Source
from rnnkit.tasks.segmentation import tokenizer_advice
from rnnkit.tasks.task import RecurrentModel, Task

SAMPLED = 4
SAMPLE = Generate(temperature=0.8, max_new_tokens=40, random_seed=0)


class ConditionedLanguageModel(Task[ConditionedCodec, ConditionedPart, ConditionedPredictor]):
    """A text from a label or from numbers, from which the model's initial state is computed (one to
    many).
    """

    task: ConditionedSettings
    data: ConditionedData
    model: RecurrentModel
    generate: Generate = Generate(temperature=1.0)

    monitored: ClassVar[tuple[str, ...]] = METRICS

    @model_validator(mode="after")
    def _check(self) -> Self:
        mistakes = check_sections(self.task, self.data, self.model)
        mistakes.check_shapes(lambda: self.lists_of_layers()["model"])
        mistakes.check_training(self.train, self.monitored, has_ceiling=self.has_ceiling)
        mistakes.report()
        return self

    def lists_of_layers(self) -> dict[str, Architecture]:
        return {"model": resolve_layers(self.model, None)}

    @classmethod
    def name(cls) -> str:
        return "language_model"  # of which this is a form

    @classmethod
    def kind(cls) -> str:
        return "conditioned_language_model"

    def prepare(
        self, source: Source, codec: ConditionedCodec | None = None
    ) -> Prepared[ConditionedCodec, ConditionedPart]:
        raw, notes = read_parts(self.data, source)
        if codec is None:
            condition = condition_class(self.task).of(raw["train"])
            tokenizer = train_cached(self.data.tokenizer, raw["train"].texts, ends=True)
            codec = ConditionedCodec(tokenizer, condition)
        elif source.refit:
            codec = replace(codec, condition=codec.condition.refit(raw["train"]))
        # the test set is scored, if at all, after all choices are made
        later, longest = [name for name in raw if name == "test"], self.data.max_length
        for name in later:
            codec.condition.encode(raw[name])  # unknown labels are reported now
        encoded = {name: encode(raw[name], codec, longest) for name in raw if name not in later}
        if codec.longest is None or source.refit:
            codec = replace(codec, longest=longest_of(encoded["train"].texts))
        texts = {name: part.texts for name, part in encoded.items()}
        spec, key = self.data.tokenizer, "data.tokenizer"
        notes += tokenizer_advice(spec, key, codec.tokenizer, texts, len(ENDS))
        parts = Parts(
            encoded,
            {name: partial(encode_later, name, raw[name], codec, longest) for name in later},
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

    def load_codec(self, run: RunFolder) -> ConditionedCodec:
        condition = condition_class(self.task).load(run)
        tokenizer = self.data.tokenizer.load(run.tokenizer)
        return ConditionedCodec(tokenizer, condition, load_longest(run))

    def tokenizers(self) -> dict[str, TokenizerSpec]:
        return {"data.tokenizer": self.data.tokenizer}

    def new_layers(self, start: ConditionedCodec, codec: ConditionedCodec) -> dict[str, str]:
        before, now = start.condition.reads, codec.condition.reads
        return {} if before == now else {"condition": f"it reads {now}; before: {before}"}

    def network(self, codec: ConditionedCodec) -> ConditionedNetwork:
        return ConditionedNetwork(self.model, codec, self.train.random_seed)

    def predictor_class(self) -> type[ConditionedPredictor]:
        return ConditionedPredictor

    def predictor(self, codec: ConditionedCodec, outputs: Outputs) -> ConditionedPredictor:
        return ConditionedPredictor(codec, outputs, self.generate, self.data.tokenizer.unit)

    def evaluator(
        self, predictor: ConditionedPredictor, data: Prepared[ConditionedCodec, ConditionedPart]
    ) -> ConditionedEvaluator:
        lossless = self.data.tokenizer.is_lossless
        return ConditionedEvaluator(predictor, data, lossless, self.published)

    def baselines(self, data: Prepared[ConditionedCodec, ConditionedPart]) -> list[Computation]:
        return [ngrams(data, data.watched)]

    def audit(self, data: Prepared[ConditionedCodec, ConditionedPart], parameters: int) -> Audit:
        from rnnkit.tasks.conditioned_language_model.audit import audit

        return audit(self.data, data, parameters)

    def basis(self, metric: str) -> dict[str, object]:
        return {HELD_OUT: self.data}

    @property
    def judged_by(self) -> tuple[str, ...]:
        return ("perplexity",)

    def sample(
        self, predictor: ConditionedPredictor, data: Prepared[ConditionedCodec, ConditionedPart]
    ) -> str:
        lines = []
        for condition in data.codec.condition.shown(data.parts["train"].examples, SAMPLED):
            prompt = predictor.begin("", predictor.condition(condition), "unk")
            steps = generate(prompt.stepper, prompt.token_ids, SAMPLE, predictor.banned)
            new = [int(token_ids[0]) for token_ids in steps]
            end = predictor.end_token
            text = predictor.tokenizer.text(new[: new.index(end)] if end in new else new)
            lines.append(f"{condition}: {text}")
        return "\n".join(lines)

    def next_command(
        self, run: RunFolder, data: Prepared[ConditionedCodec, ConditionedPart]
    ) -> str:
        (condition,) = data.codec.condition.shown(data.parts["train"].examples, 1)
        name, written = quote(str(run)), quote(condition)
        return f"rnnkit generate {name} --condition {written} --num-samples 5"
