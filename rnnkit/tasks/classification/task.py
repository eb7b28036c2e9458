"""Classification: the label of a text or of a sequence of numbers, or several labels of a text
(many to one).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from rnnkit.architecture import Architecture
from rnnkit.audit.audit import Audit
from rnnkit.baselines.ngram import Ceiling
from rnnkit.computations import Computation
from rnnkit.config.unused import Unused
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec
from rnnkit.metrics.classification import best_thresholds
from rnnkit.platform.shell import quote
from rnnkit.run import RunFolder
from rnnkit.tasks.basis import HELD_OUT, LOSS
from rnnkit.tasks.class_weights import describe_weights, require_known_weights
from rnnkit.tasks.classification.arrays import ArrayInputs, LabelledArrayCodec
from rnnkit.tasks.classification.baselines import ArrayBaseline, TextBaseline
from rnnkit.tasks.classification.data import (
    ClassificationCodec,
    ClassificationPart,
    Inputs,
    describe,
    encode,
    encode_later,
    read_parts,
)
from rnnkit.tasks.classification.evaluation import ClassificationEvaluator
from rnnkit.tasks.classification.labels import new_head
from rnnkit.tasks.classification.network import METRICS, ClassificationNetwork, resolve_layers
from rnnkit.tasks.classification.predictor import (
    ClassificationPredictor,
    SequenceClassifier,
    TextClassifier,
)
from rnnkit.tasks.classification.sections import (
    OF_TEXTS,
    ClassificationData,
    ClassificationSettings,
    check_sections,
)
from rnnkit.tasks.classification.texts import LabelledTextCodec, TextInputs
from rnnkit.tasks.metrics import FURTHER, Metrics
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.prepared import Parts, Prepared, Source
from rnnkit.tasks.task import RecurrentModel, Task
from rnnkit.tasks.unused import ONE_WIDTH

SAMPLED = 8


class Classification(Task[ClassificationCodec, ClassificationPart, ClassificationPredictor]):
    """The label of a text or of a sequence of numbers, one of several; of a text also any number of
    labels (many to one).
    """

    task: ClassificationSettings
    data: ClassificationData
    model: RecurrentModel
    metrics: Metrics = FURTHER

    monitored: ClassVar[tuple[str, ...]] = METRICS
    lists_errors: ClassVar[bool] = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        mistakes = check_sections(self.task, self.data, self.model, self.train.monitor)
        mistakes.check_shapes(lambda: self.lists_of_layers()["model"])
        mistakes.check_training(self.train, self.monitored, has_ceiling=self.has_ceiling)
        mistakes.report()
        return self

    def lists_of_layers(self) -> dict[str, Architecture]:
        features = None if self.data.reads_text else 1
        return {"model": resolve_layers(self.model, self.data, features, outputs=1)}

    def unused(self) -> Iterator[Unused]:
        yield from super().unused()
        if self.data.batching == "fixed":
            yield ONE_WIDTH

    @property
    def inputs(self) -> Inputs:
        """The reader of the data: of texts, or of sequences of numbers."""
        dataset = self.data.dataset.keeping(self.data.split.kept_columns)
        if isinstance(dataset, ArrayDataset):
            pads = all(layer.handles_padding for layer in self.model.layers)
            return ArrayInputs(dataset, pads)
        return TextInputs(self.data, dataset, self.model.embedding)

    def prepare(
        self, source: Source, codec: ClassificationCodec | None = None
    ) -> Prepared[ClassificationCodec, ClassificationPart]:
        raw, labels, notes = read_parts(self.data, self.inputs, source, codec)
        if codec is None:
            codec = self.inputs.fit(raw["train"], labels, sample=source.sample)
        elif source.refit:
            codec = self.inputs.refit(codec, raw["train"], labels)
        # the test set is scored, if at all, after all choices are made
        later = ["test"] if "test" in raw and self.data.reads_text else []
        encoded, remarks = encode({name: raw[name] for name in raw if name not in later}, codec)
        weights = self.task.class_weight
        if not source.sample:
            require_known_weights(weights, codec.labels.names)
        sizes = [*describe(codec, encoded, raw), *describe_weights(weights, codec.labels)]
        parts = Parts(
            encoded, {name: partial(encode_later, name, raw[name], codec) for name in later}
        )
        checksums = {name: raw[name].checksum for name in later}
        notes = [*sizes, *notes, *remarks]
        return Prepared(
            codec,
            parts,
            self.train.rows,
            notes,
            checksums=checksums,
            source=source,
            num_buckets=self.train.buckets,
        )

    def load_codec(self, run: RunFolder) -> ClassificationCodec:
        return self.inputs.load(run)

    def tokenizers(self) -> dict[str, TokenizerSpec]:
        return {"data.tokenizer": self.data.tokenizer} if self.data.reads_text else {}

    def new_layers(self, start: ClassificationCodec, codec: ClassificationCodec) -> dict[str, str]:
        return new_head("logits", start.labels, codec.labels)

    def network(self, codec: ClassificationCodec) -> ClassificationNetwork:
        seed = self.train.random_seed
        return ClassificationNetwork(self.model, self.data, codec, self.task.class_weight, seed)

    def predictor_class(self) -> type[ClassificationPredictor]:
        return TextClassifier if self.data.reads_text else SequenceClassifier

    def predictor(self, codec: ClassificationCodec, outputs: Outputs) -> ClassificationPredictor:
        dataset = self.data.dataset
        if isinstance(dataset, ArrayDataset):
            assert isinstance(codec, LabelledArrayCodec)
            return SequenceClassifier(codec, outputs, dataset.delimiter)
        assert isinstance(codec, LabelledTextCodec)
        table = dataset.further
        columns, joint = table.text_columns, table.joint
        return TextClassifier(codec, outputs, dataset.delimiter, columns, joint)

    def evaluator(
        self,
        predictor: ClassificationPredictor,
        data: Prepared[ClassificationCodec, ClassificationPart],
    ) -> ClassificationEvaluator:
        return ClassificationEvaluator(
            predictor, data, self.inputs, self._baseline, self.outside, self.metrics
        )

    @property
    def _baseline(self) -> type[TextBaseline] | type[ArrayBaseline]:
        return TextBaseline if self.data.reads_text else ArrayBaseline

    def basis(self, metric: str) -> dict[str, object]:
        rows_and_labels = self.data.model_copy(update=dict.fromkeys(OF_TEXTS))
        weights = {LOSS: self.task.class_weight} if metric == "loss" else {}
        return {HELD_OUT: rows_and_labels, **weights}

    @property
    def has_ceiling(self) -> bool:
        return True

    def ceiling(self, part: ClassificationPart) -> float | None:
        _, targets = np.unique(part.targets, axis=0, return_inverse=True)
        return Ceiling(part.inputs, targets).accuracy

    def baselines(
        self, data: Prepared[ClassificationCodec, ClassificationPart]
    ) -> list[Computation]:
        return [self._baseline.computation(data.parts["train"], data.codec)]

    def audit(
        self, data: Prepared[ClassificationCodec, ClassificationPart], parameters: int
    ) -> Audit:
        from rnnkit.tasks.classification.audit import audit

        return audit(self.task, self.data, data, parameters)

    def calibrate(
        self,
        predictor: ClassificationPredictor,
        data: Prepared[ClassificationCodec, ClassificationPart],
    ) -> ClassificationCodec:
        labels, held_out = data.codec.labels, data.parts.get("validation")
        if not labels.several or held_out is None:
            return data.codec
        thresholds = best_thresholds(predictor.probabilities(held_out), held_out.targets)
        return data.codec.with_labels(labels.with_thresholds(thresholds.tolist()))

    def uncalibrated(self, codec: ClassificationCodec) -> ClassificationCodec:
        return codec.with_labels(codec.labels.untuned())

    def sample(
        self,
        predictor: ClassificationPredictor,
        data: Prepared[ClassificationCodec, ClassificationPart],
    ) -> str:
        part = data.parts[data.watched]
        shown = part.head(SAMPLED)
        examples, answers = shown.examples, predictor.probabilities(shown)
        lines = []
        for text, labels, answer in zip(examples.texts, examples.labels, answers, strict=True):
            true, predicted = ", ".join(labels) or "-", predictor.cells(answer)["label"]
            lines.append(f"{true} -> {predicted}: {self.inputs.show(text)}")
        return "\n".join(lines)

    def next_command(
        self, run: RunFolder, data: Prepared[ClassificationCodec, ClassificationPart]
    ) -> str:
        text = self.inputs.ask(data.parts["train"].examples)
        return f"rnnkit predict {quote(str(run))} --text {quote(text)}"
