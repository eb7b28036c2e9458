"""Tagging: a label for each step of a sequence (many to many, aligned)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import ClassVar, Self

from pydantic import model_validator

from rnnkit.architecture import Architecture
from rnnkit.audit.audit import Audit
from rnnkit.config.unused import Unused
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.spans import as_bioes
from rnnkit.data.raw.labelled import Examples, lacking_labels
from rnnkit.platform.shell import quote
from rnnkit.run import RunFolder
from rnnkit.tasks.basis import HELD_OUT, LOSS
from rnnkit.tasks.class_weights import describe_weights
from rnnkit.tasks.metrics import FURTHER, Metrics
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.prepared import Parts, Prepared, Source
from rnnkit.tasks.tagging.answers import ANSWER_KEYS
from rnnkit.tasks.tagging.arrays import ArrayInputs
from rnnkit.tasks.tagging.data import (
    Inputs,
    TaggedPart,
    TaggingCodec,
    describe,
    encode,
    in_scheme,
    occurring_tags,
    read_parts,
    repeated_notes,
    require_same_labels,
    scheme_labels,
    tag_weights,
)
from rnnkit.tasks.tagging.evaluation import SentenceEvaluator, StepEvaluator
from rnnkit.tasks.tagging.network import METRICS, TaggingNetwork, resolve_layers
from rnnkit.tasks.tagging.predictor import SentencePredictor, StepPredictor
from rnnkit.tasks.tagging.schemes import LISTED, Tags, TagScheme, choose_scheme
from rnnkit.tasks.tagging.sections import TaggingData, TaggingSettings, check_sections
from rnnkit.tasks.tagging.sentences import SentenceInputs
from rnnkit.tasks.task import RecurrentModel, Task

SAMPLED = 3

AnyPredictor = SentencePredictor | StepPredictor


class Tagging(Task[TaggingCodec, TaggedPart, AnyPredictor]):
    """A tag for every token of a sentence, or a label for every step of a sequence of numbers (many
    to many, aligned).
    """

    task: TaggingSettings
    data: TaggingData
    model: RecurrentModel
    metrics: Metrics = FURTHER

    monitored: ClassVar[tuple[str, ...]] = METRICS
    lists_errors: ClassVar[bool] = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        mistakes = check_sections(self.data, self.model)
        mistakes.check_shapes(lambda: self.lists_of_layers()["model"])
        mistakes.check_training(self.train, self.monitored, has_ceiling=self.has_ceiling)
        mistakes.report()
        return self

    def lists_of_layers(self) -> dict[str, Architecture]:
        features, crf = (None if self._reads_text else 1), self.task.crf
        layers = resolve_layers(self.model, features, 1, crf=crf, padded=self._reads_text)
        return {"model": layers}

    def unused(self) -> Iterator[Unused]:
        yield from super().unused()
        if not self._reads_text or self.data.tags == "plain":
            reason = "tags are plain" if self._reads_text else "tags of numbers are not spans"
            yield Unused("task.scheme", reason)

    @property
    def _reads_text(self) -> bool:
        return not isinstance(self.data.dataset, ArrayDataset)

    @property
    def inputs(self) -> Inputs:
        """The reader of the data: of sentences, or of sequences of numbers."""
        data = self.data
        dataset = data.dataset.keeping(data.split.kept_columns)
        if isinstance(dataset, ArrayDataset):
            pads = all(layer.handles_padding for layer in self.model.layers)
            return ArrayInputs(dataset, pads)
        return SentenceInputs(dataset, data.words, self.model.embedding, data.max_length)

    def _scheme(self, names: Sequence[str], listed: Collection[str] = ()) -> TagScheme:
        notation = self.data.tags if self._reads_text else "plain"
        return choose_scheme(names, notation, self.task.scheme, listed)

    def _scheme_of(self, train: Examples, source: Source, codec: TaggingCodec | None) -> TagScheme:
        """The scheme of a trained run, or of a run to start from if it has all tags of the data;
        else that of the data.
        """
        listed = set() if source.sample else set(map(str, self.data.labels or ()))
        if codec is None:
            return self._scheme(self._tags_of(train), listed)
        scheme = self._scheme(codec.labels.names)
        if source.refit:
            new = self._scheme(self._tags_of(train), listed)
            if not set(new.names) <= set(scheme.names) or (listed and new.names != scheme.names):
                return new
        require_same_labels(scheme, codec, self.task.scheme)
        return scheme

    def _tags_of(self, train: Examples) -> Tags:
        tags = occurring_tags(train)
        return as_bioes(tags) if self._reads_text and self.data.tags != "plain" else tags

    def prepare(
        self, source: Source, codec: TaggingCodec | None = None
    ) -> Prepared[TaggingCodec, TaggedPart]:
        inputs = self.inputs
        raw = read_parts(inputs, self.data.split, source)
        scheme = self._scheme_of(raw.parts["train"], source, codec)
        raw = in_scheme(raw, scheme)
        train = raw.parts["train"]
        if codec is None:
            codec = inputs.fit(train, scheme_labels(scheme, train))
        elif source.refit:
            codec = inputs.refit(codec, train, scheme_labels(scheme, train))
        else:
            codec = inputs.adopt(codec)
        encoding = {
            name: partial(encode, examples, codec, scheme, inputs, name)
            for name, examples in raw.parts.items()
        }
        # the test set is scored, if at all, after all choices are made
        later = {"test"} & encoding.keys() if inputs.encodes_later else set()
        parts = Parts(
            {name: encode_now() for name, encode_now in encoding.items() if name not in later},
            {name: encoding[name] for name in later},
        )
        checksums = {name: raw.parts[name].checksum for name in later}
        weights = tag_weights(self.task.class_weight, codec.labels, required=not source.sample)
        notes = [
            *describe(inputs, codec, raw.parts),
            *describe_weights(weights, codec.labels),
            *raw.notes,
            *lacking_labels(raw.parts, inputs.unit.removesuffix("s")),
            *repeated_notes(raw.parts, inputs.unit),
        ]
        return Prepared(
            codec,
            parts,
            self.train.rows,
            notes,
            checksums=checksums,
            source=source,
            num_buckets=self.train.buckets,
        )

    def load_codec(self, run: RunFolder) -> TaggingCodec:
        return self.inputs.load(run)

    def new_layers(self, start: TaggingCodec, codec: TaggingCodec) -> dict[str, str]:
        if start.labels.names == codec.labels.names:
            return {}
        before, now = (", ".join(run.labels.names[:LISTED]) for run in (start, codec))
        return {"crf" if self.task.crf else "logits": f"its tags are {now}; before: {before}"}

    def network(self, codec: TaggingCodec) -> TaggingNetwork:
        return TaggingNetwork(self.model, codec, self.task, self.train.random_seed)

    def predictor_class(self) -> type[AnyPredictor]:
        return SentencePredictor if self._reads_text else StepPredictor

    def predictor(self, codec: TaggingCodec, outputs: Outputs) -> AnyPredictor:
        scheme, crf = self._scheme(codec.labels.names), self.task.crf
        if isinstance(codec, ArrayCodec):
            return StepPredictor(codec, outputs, scheme, crf)
        dataset, longest = self.data.dataset, self.data.max_length
        keys = ANSWER_KEYS if isinstance(dataset, ArrayDataset) else dataset.keys
        return SentencePredictor(codec, outputs, scheme, crf, longest, keys)

    def evaluator(
        self, predictor: AnyPredictor, data: Prepared[TaggingCodec, TaggedPart]
    ) -> SentenceEvaluator | StepEvaluator:
        if isinstance(predictor, StepPredictor):
            return StepEvaluator(predictor, data, self.outside, self.metrics)
        return SentenceEvaluator(predictor, data, self.outside, self.metrics)

    def audit(self, data: Prepared[TaggingCodec, TaggedPart], parameters: int) -> Audit:
        from rnnkit.tasks.tagging.audit import audit

        return audit(self.data, data, parameters)

    def basis(self, metric: str) -> dict[str, object]:
        # with or without a CRF, the loss is that of the true tags, in nats per step
        weights = {LOSS: self.task.class_weight} if metric == "loss" else {}
        data = self.data.model_copy(update={"words": None})
        return {HELD_OUT: data, "the tags": self.task.scheme, **weights}

    @property
    def judged_by(self) -> tuple[str, ...]:
        return ("f1", "accuracy")

    def sample(self, predictor: AnyPredictor, data: Prepared[TaggingCodec, TaggedPart]) -> str:
        examples = data.parts[data.watched].examples
        tagged = predictor.tag(examples.texts[:SAMPLED])
        lines = [self.inputs.show(examples, row, tags) for row, (tags, _) in enumerate(tagged)]
        return "\n".join(lines)

    def next_command(self, run: RunFolder, data: Prepared[TaggingCodec, TaggedPart]) -> str:
        text = self.inputs.ask(data.parts["train"].examples)
        return f"rnnkit predict {quote(str(run))} --text {quote(text)}"
