"""Language modelling: the next symbol after a window of symbols, or after all before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Self

from pydantic import model_validator

from rnnkit.architecture import Architecture
from rnnkit.audit.audit import Audit
from rnnkit.baselines.ngram import Ceiling
from rnnkit.computations import Computation
from rnnkit.config.unused import Unused
from rnnkit.data.batch.rows import Windows
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer_specs import Char, TokenizerSpec
from rnnkit.data.raw.long_text import LongText
from rnnkit.generation.decode import generate
from rnnkit.generation.options import Generate
from rnnkit.generation.originality import originality, originality_lines
from rnnkit.platform.shell import quote
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.tasks.basis import HELD_OUT
from rnnkit.tasks.language_model.data import (
    LanguageCodec,
    LanguagePart,
    StreamPart,
    WindowPart,
    checksum,
    encode,
    is_encoded_later,
    read_parts,
    train_tokenizer,
)
from rnnkit.tasks.language_model.evaluation import (
    LanguageEvaluator,
    StreamEvaluator,
    WindowEvaluator,
)
from rnnkit.tasks.language_model.network import LanguageNetwork, resolve_layers
from rnnkit.tasks.language_model.notes import describe, describe_later
from rnnkit.tasks.language_model.predictor import (
    LanguagePredictor,
    StreamPredictor,
    WindowPredictor,
)
from rnnkit.tasks.language_model.sections import (
    LanguageModelData,
    LanguageModelModel,
    LanguageModelSettings,
    check_sections,
)
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.next_token import METRICS
from rnnkit.tasks.ngrams import ngram_computation
from rnnkit.tasks.prepared import Parts, Prepared, Source
from rnnkit.tasks.segmentation import tokenizer_advice
from rnnkit.tasks.task import Task
from rnnkit.tasks.unused import ONE_WIDTH

SEED_TOKENS = 3  # with which samples of a stream begin
SAMPLE = Generate(max_new_tokens=20)
SAMPLE_OF_CHARACTERS = Generate(max_new_tokens=200, temperature=0.8, random_seed=0)


@dataclass(frozen=True)
class Reading:
    """The classes that read a text in one way, as windows or as streams."""

    part: type[LanguagePart]
    predictor: type[LanguagePredictor]
    evaluator: type[LanguageEvaluator]


WINDOWS = Reading(WindowPart, WindowPredictor, WindowEvaluator)
STREAMS = Reading(StreamPart, StreamPredictor, StreamEvaluator)


class LanguageModel(Task[LanguageCodec, LanguagePart, LanguagePredictor]):
    """The next symbol of a text: from a window of symbols (many to one), or at every step of a
    stream (many to many).
    """

    task: LanguageModelSettings
    data: LanguageModelData
    model: LanguageModelModel
    generate: Generate = Generate()

    monitored: ClassVar[tuple[str, ...]] = METRICS

    @model_validator(mode="after")
    def _check(self) -> Self:
        mistakes = check_sections(self.task, self.data, self.model)
        mistakes.check_shapes(lambda: self.lists_of_layers()["model"])
        mistakes.check_training(self.train, self.monitored, has_ceiling=self.has_ceiling)
        mistakes.report()
        return self

    def lists_of_layers(self) -> dict[str, Architecture]:
        return {"model": resolve_layers(self.task, self.model, None)}

    def unused(self) -> Iterator[Unused]:
        yield from super().unused()
        yield ONE_WIDTH

    @property
    def _reading(self) -> Reading:
        return STREAMS if self.task.stream else WINDOWS

    def prepare(
        self, source: Source, codec: LanguageCodec | None = None
    ) -> Prepared[LanguageCodec, LanguagePart]:
        raw, batch_size = read_parts(self.data, source), self.train.rows
        if codec is None:
            codec = LanguageCodec(train_tokenizer(self.data.tokenizer, raw["train"]))
        later = [name for name, text in raw.items() if is_encoded_later(name, text)]
        parts = {
            name: self._encode(codec, name, raw[name], source.file)
            for name in raw
            if name not in later
        }
        notes = describe(codec, parts, raw, batch_size)
        whole = {name: Sequences.of([part.counted]) for name, part in parts.items()}
        spec, key = self.data.tokenizer, "data.tokenizer"
        notes += tokenizer_advice(spec, key, codec.tokenizer, whole)
        all_parts = Parts(
            parts, {name: partial(self._encode_later, codec, name, raw[name]) for name in later}
        )
        checksums = {name: checksum(raw[name]) for name in later}
        return Prepared(codec, all_parts, batch_size, notes, checksums=checksums, source=source)

    def _encode(
        self, codec: LanguageCodec, name: str, text: str | LongText, file: object | None
    ) -> LanguagePart:
        part = self._reading.part(encode(text, codec.tokenizer), self.task.steps)
        dataset = name_of("dataset", type(self.data.dataset))
        origin = file if name == "data" and isinstance(file, str) else dataset
        part.require_enough(name, origin, self.train.rows)
        return part

    def _encode_later(self, codec: LanguageCodec, name: str, text: str | LongText) -> LanguagePart:
        part = self._encode(codec, name, text, None)
        for line in describe_later(codec, name, part, self.train.rows):
            log.info(line)
        return part

    def load_codec(self, run: RunFolder) -> LanguageCodec:
        return LanguageCodec.load(run, self.data.tokenizer)

    def tokenizers(self) -> dict[str, TokenizerSpec]:
        return {"data.tokenizer": self.data.tokenizer}

    def network(self, codec: LanguageCodec) -> LanguageNetwork:
        return LanguageNetwork(self.task, self.model, codec, self.train.random_seed)

    def predictor_class(self) -> type[LanguagePredictor]:
        return self._reading.predictor

    def predictor(self, codec: LanguageCodec, outputs: Outputs) -> LanguagePredictor:
        unit = self.data.tokenizer.unit
        return self._reading.predictor(codec, outputs, self.task.steps, self.generate, unit)

    def evaluator(
        self, predictor: LanguagePredictor, data: Prepared[LanguageCodec, LanguagePart]
    ) -> LanguageEvaluator:
        lossless = self.data.tokenizer.is_lossless
        return self._reading.evaluator(predictor, data, lossless, self.published)

    def baselines(self, data: Prepared[LanguageCodec, LanguagePart]) -> list[Computation]:
        if self._reading is not STREAMS:
            return []
        train, scored = (data.parts[name].counted for name in ("train", data.watched))
        return [ngram_computation(train, scored, len(data.codec.tokenizer))]

    def sample(
        self, predictor: LanguagePredictor, data: Prepared[LanguageCodec, LanguagePart]
    ) -> str:
        seed = data.parts["train"].token_ids[: self.task.window or SEED_TOKENS]
        options = SAMPLE_OF_CHARACTERS if isinstance(self.data.tokenizer, Char) else SAMPLE
        steps = generate(predictor.stepper, seed[None], options, predictor.banned)
        new = [int(token_ids[0]) for token_ids in steps]
        shared = originality(new, predictor.training_text(data))
        tokenizer = predictor.tokenizer
        span = tokenizer.text(new[shared.copied_from : shared.copied_from + shared.copied])
        text = tokenizer.text([*seed.tolist(), *new])
        return "\n".join([text, "", *originality_lines(shared, span)])

    def next_command(self, run: RunFolder, data: Prepared[LanguageCodec, LanguagePart]) -> str:
        size, tokenizer = self.task.window or SEED_TOKENS, data.codec.tokenizer
        seed = tokenizer.text(data.parts["train"].known_span(size, tokenizer.unknown_id))
        return f"rnnkit generate {quote(str(run))} --seed {quote(seed)}"

    def audit(self, data: Prepared[LanguageCodec, LanguagePart], parameters: int) -> Audit:
        from rnnkit.tasks.language_model.audit import audit

        return audit(self.data, data, parameters)

    def basis(self, metric: str) -> dict[str, object]:
        # windows lie within one part; of a stream, the batch size decides which tokens are left out
        reading = self.train.batch_size if self.task.stream else self.task.window
        return {HELD_OUT: self.data, "the tokens that are predicted": (self.task.stream, reading)}

    @property
    def judged_by(self) -> tuple[str, ...]:
        return ("perplexity",) if self.task.stream else ("accuracy",)

    @property
    def has_ceiling(self) -> bool:
        return not self.task.stream

    def ceiling(self, part: LanguagePart) -> float | None:
        windows = Windows(part.token_ids[:], part.steps, batch_size=1)
        return Ceiling(windows.inputs, windows.targets).accuracy

    def cautions(self, data: Prepared[LanguageCodec, LanguagePart], parameters: int) -> list[str]:
        rows = len(data.parts["train"].batches(data.batch_size))
        if rows >= parameters:
            return []
        return [
            f"fewer rows than columns: {counted(rows, 'token')} to predict,"
            f" {counted(parameters, 'parameter')}; it can memorise the text, so watch validation"
        ]
