"""Classification: the label of a text or of a sequence of numbers, or a text's labels (many to
one).
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.architecture import Architecture, resolve
from rnnkit.backend import Objective
from rnnkit.baselines.arrays import LogisticRegression, summaries
from rnnkit.baselines.text import BagOfNgrams, majority
from rnnkit.config.spec import Spec, mistake, mistakes_at
from rnnkit.data.dataset import ArrayDataset, LabelledDataset
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.cleaning import clean
from rnnkit.data.encode.codecs import TextCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import Word
from rnnkit.data.raw.labelled import Examples, label_counts, places, repeated_texts
from rnnkit.errors import RnnkitError, at
from rnnkit.metrics.classification import (
    best_thresholds,
    class_scores,
    confusion,
    one_label_scores,
    several_label_scores,
)
from rnnkit.models.activations import sigmoid, softmax
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.words import Words
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.tasks.classification.data import (
    LONGEST,
    ClassificationData,
    Codec,
    LabelledData,
    Part,
    encode_arrays,
    rare_labels,
    require_known_labels,
    require_shared_labels,
    require_two_labels,
    shown,
)
from rnnkit.tasks.embeddings import initial_embeddings, spelling_read
from rnnkit.tasks.task import (
    Confusion,
    Evaluation,
    FileAnswers,
    Outputs,
    RecurrentModel,
    Score,
    Table,
    Task,
    shape_mistakes,
    token_input_mistakes,
)

SCORED_AT_ONCE = 256
SAMPLED = 8
SHOWN_STEPS = 12


class ClassificationSettings(Spec):
    """How labels count."""

    class_weight: Literal["none", "sqrt", "balanced"] = Field(
        "none",
        description=(
            "balanced: rare labels count as much in the loss as frequent ones; sqrt: the root of"
            " these weights, half the way there"
        ),
    )


@dataclass(frozen=True)
class Verdict:
    """A label and its probability."""

    label: str
    probability: float


@dataclass(frozen=True)
class Decision:
    """One of several labels: its probability, the threshold, and whether it is given."""

    label: str
    probability: float
    threshold: float
    given: str


class Classification(Task):
    """The label of a text or of a sequence of numbers, one of several; of a text also any number of
    labels (many to one).
    """

    task: ClassificationSettings
    data: ClassificationData
    model: RecurrentModel

    metrics: ClassVar[tuple[str, ...]] = ("loss", "accuracy", "f1")
    lists_errors: ClassVar[bool] = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        data, first = self.data, self.model.embedding
        problems = (
            shape_mistakes(lambda: self._resolve(None if self._reads_text else 1, outputs=1))
            + self.monitor_mistakes()
        )
        if self._reads_text:
            problems += [] if isinstance(first, Words) else token_input_mistakes(first)
        else:
            if (kind := name_of("input", type(first))) != "none":
                problems.append(
                    (
                        ("model", "embedding"),
                        mistake(
                            f"found {kind!r}", "Expected none: the data set holds numbers already"
                        ),
                    )
                )
            for key in (
                "tokenizer",
                "clean",
                "max_length",
                "truncating",
                "batching",
                "padding",
                "mask",
            ):
                if getattr(data, key) != ClassificationData.model_fields[key].default:
                    problems.append(
                        (
                            ("data", key),
                            mistake(
                                "set, but the data set holds numbers",
                                "Expected texts for it",
                                "Remove it",
                            ),
                        )
                    )
        if data.split.validation + data.split.test >= 1:
            problems.append(
                (
                    ("data", "split"),
                    mistake(
                        "validation and test take everything",
                        "Expected shares that leave texts to train on",
                    ),
                )
            )
        if data.batching == "fixed" and data.max_length is None:
            problems.append(
                (
                    ("data", "batching"),
                    mistake(
                        "fixed, but no data.max_length",
                        "Expected the length to which all texts are filled up",
                    ),
                )
            )
        if not data.mask and data.batching == "bucket":
            hint = "Write `batching: fixed`, or leave `mask: true`"
            problem = mistake(
                "false, and data.batching is bucket",
                "The model would see another padding in each bucket",
                hint,
            )
            problems.append((("data", "mask"), problem))
        if data.mask and data.padding == "pre":
            hint = "Write `mask: false` to let the model see it"
            problems.append(
                (
                    ("data", "padding"),
                    mistake(
                        "pre, and data.mask is true",
                        "A masked padding changes nothing, on either side",
                        hint,
                    ),
                )
            )
        if data.batching == "bucket":
            unrolled = [
                index
                for index, layer in enumerate(self.model.layers)
                if getattr(layer, "unroll", False)
            ]
            problem = mistake(
                "true, and data.batching is bucket",
                "An unrolled layer needs texts of one length",
                "Write `batching: fixed`",
            )
            kinds = [name_of("layer", type(layer)) for layer in self.model.layers]
            problems += [
                (("model", "layers", index, kinds[index], "unroll"), problem) for index in unrolled
            ]
        if data.dataset.has_own_tokenizer and data.tokenizer != Word():
            name = name_of("dataset", type(data.dataset))
            hint = f"Write `{name}: {{vocab_size: null}}` to use this one"
            problems.append(
                (
                    ("data", "tokenizer"),
                    mistake(
                        f"a tokenizer, but the data set {name} brings its own",
                        "Expected one of the two",
                        hint,
                    ),
                )
            )
        if data.labels is not None and (
            len(data.labels) < 2 - data.dataset.several
            or len(set(map(str, data.labels))) < len(data.labels)
        ):
            problems.append(
                (
                    ("data", "labels"),
                    mistake(
                        f"{len(data.labels)} labels",
                        "Expected at least two different ones, each once",
                    ),
                )
            )
        if data.dataset.has_features:
            problem = mistake(
                "numbers in place of labels",
                "Expected texts with labels",
                "Leave out `features`, and name the `label` column",
            )
            problems.append((("data", "dataset"), problem))
        if self.train.monitor == "f1" and not data.dataset.several:
            problems.append(
                (
                    ("train", "monitor"),
                    mistake(
                        "found 'f1'",
                        "Expected loss or accuracy: f1 is that of several labels a text",
                    ),
                )
            )
        if problems:
            raise mistakes_at(problems)
        return self

    @property
    def _reads_text(self) -> bool:
        return isinstance(self.data.dataset, LabelledDataset)

    def load_data(
        self, *, sample: bool = False, codec: Codec | None = None, file: str | None = None
    ) -> LabelledData:
        dataset = self.data.dataset
        if isinstance(dataset, ArrayDataset):
            found = dataset.sample(each_step=False) if sample else dataset.load(each_step=False)
        else:
            found = dataset.sample() if sample else dataset.load()
        if codec is None and not dataset.several:
            require_shared_labels(found.parts["train"])
        parts, notes = self.data.split.divide(found.parts, sample=sample), list(found.notes)
        if file is not None:
            with at("--data"):
                further = (
                    dataset.read(file, each_step=False)
                    if isinstance(dataset, ArrayDataset)
                    else dataset.read(file)
                )
            parts |= further.parts
            notes += further.notes
        labels = codec.labels if codec else self._labels(parts["train"], sample)
        for part, examples in parts.items():
            require_known_labels(examples, labels, "run" if codec and part == "train" else part)
        if codec is None:
            notes += rare_labels(parts["train"])
        for part in ("validation", "test"):
            if part in parts and (repeated := repeated_texts(parts[part], parts["train"])):
                notes.append(
                    f"{repeated:,} of {len(parts[part]):,} {part} texts stand in the training"
                    " part too"
                )
        if isinstance(dataset, ArrayDataset):
            codec, encoded = encode_arrays(
                parts,
                codec or ArrayCodec.fit(parts["train"].texts, dataset.scale == "standard", labels),
            )
        else:
            codec, encoded = self._encode_texts(dataset, parts, codec, labels, sample, notes)
        return LabelledData(codec, encoded, self.data, self.train.batch_size, notes)

    def _encode_texts(
        self,
        dataset: LabelledDataset,
        parts: Mapping[str, Examples],
        codec: Any,
        labels: Labels,
        sample: bool,
        notes: list[str],
    ) -> tuple[TextCodec, dict[str, Part]]:
        cleaned = {
            part: [clean(text, self.data.clean) for text in examples.texts]
            for part, examples in parts.items()
        }
        if codec is None:
            own = dataset.has_own_tokenizer and not sample
            tokenizer = (
                dataset.own_tokenizer()
                if own
                else self.data.tokenizer.train(*cleaned["train"], padding=True)
            )
            codec = TextCodec(tokenizer, labels, None)
        # one of another run may have read more or less of a word
        codec = replace(codec, spell=spelling_read(self.model.embedding))
        encoded = {}
        for part, examples in parts.items():
            whole = codec.encode(cleaned[part])
            if not whole.lengths.all():
                empty = [examples.place(int(row)) for row in np.flatnonzero(whole.lengths == 0)]
                notes.append(
                    f"{part}: nothing is left of {len(empty):,} texts, which are read as <unk>:"
                    f" {places(empty)}"
                )
                whole = codec.without_empty(whole)
            if self.data.max_length is None and (whole.lengths > LONGEST).any():
                long = [examples.place(int(row)) for row in np.flatnonzero(whole.lengths > LONGEST)]
                notes.append(
                    f"{part}: {len(long):,} texts of more than {LONGEST:,} tokens are cut"
                    f" (data.max_length sets another bound): {places(long)}"
                )
            encoded[part] = Part(
                examples, codec.ids(whole), self._cut(whole), labels.encode(examples.labels)
            )
        return codec, encoded

    def _labels(self, examples: Examples, sample: bool) -> Labels:
        counts = label_counts(examples.labels)
        several = self.data.dataset.several
        names = (
            tuple(sorted(counts))
            if self.data.labels is None or sample
            else tuple(map(str, self.data.labels))
        )
        if not several:
            require_two_labels(counts)
        elif not names:
            raise RnnkitError(
                "data.dataset",
                "no text of the training part has a label",
                "Expected some that have",
                "Is it the right column?",
            )
        thresholds = (0.5,) * len(names) if several else ()
        return Labels(
            names, tuple(counts[name] for name in names), len(examples), several, thresholds
        )

    def _cut(self, texts: Sequences) -> Sequences:
        return texts.cut(self.data.max_length or LONGEST, self.data.truncating)

    def load_codec(self, run: RunFolder) -> Codec:
        if not self._reads_text:
            return ArrayCodec.load(run)
        return TextCodec(
            self.data.tokenizer.load(run.tokenizer),
            Labels.load(run.labels),
            spelling_read(self.model.embedding),
        )

    def architecture(self, codec: Codec) -> Architecture:
        return self._resolve(codec.features, codec.labels.outputs)

    def _resolve(self, features: int | None, outputs: int) -> Architecture:
        return resolve(
            "classification",
            self.model.embedding,
            self.model.layers,
            {"logits": Dense(units=outputs)},
            timesteps=self.data.max_length if self.data.batching == "fixed" else None,
            features=features,
            sequence_output=False,
            padded=self._reads_text and self.data.mask,
        )

    def initial_weights(
        self, data: LabelledData, say: Callable[[str], None]
    ) -> dict[str, np.ndarray]:
        if isinstance(data.codec, ArrayCodec):
            return {}
        return initial_embeddings(
            self.model.embedding,
            data.codec.tokenizer.vocabulary,
            data.parts["train"].whole,
            self.train.random_seed,
            say,
        )

    def objective(self, codec: Codec) -> Objective:
        from keras import ops

        labels = codec.labels
        balanced = labels.weights()
        balance = {"none": None, "sqrt": np.sqrt(balanced), "balanced": balanced}[
            self.task.class_weight
        ]

        def one_of_two(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
            logits = outputs[:, 0]  # of the second label
            nats = ops.softplus(logits) - ops.cast(targets, logits.dtype) * logits
            return sums(nats, ops.cast(logits > 0, "int32"), targets, weights)

        def one_of_many(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
            nats = ops.sparse_categorical_crossentropy(targets, outputs, from_logits=True)
            return sums(nats, ops.cast(ops.argmax(outputs, axis=-1), "int32"), targets, weights)

        def sums(nats: Any, answers: Any, targets: Any, weights: Any) -> dict[str, Any]:
            hits = ops.cast(ops.equal(answers, targets), weights.dtype)
            counted = (
                weights
                if balance is None
                else weights * ops.take(ops.convert_to_tensor(balance), targets)
            )
            return {
                "loss": ops.sum(nats * counted),
                "weight": ops.sum(counted),
                "correct": ops.sum(hits * weights),
                "texts": ops.sum(weights),
            }

        def several(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
            nats = ops.softplus(outputs) - targets * outputs  # (texts, labels)
            if balance is not None:
                nats = nats * (targets * balance[1] + (1 - targets) * balance[0])
            given = ops.cast(outputs > 0, targets.dtype)
            exact = ops.cast(ops.all(ops.equal(given, targets), axis=-1), weights.dtype)
            column = weights[:, None]
            return {
                "loss": ops.sum(ops.mean(nats, axis=-1) * weights),
                "weight": ops.sum(weights),
                "correct": ops.sum(exact * weights),
                "texts": ops.sum(weights),
                "true_positives": ops.sum(given * targets * column),
                "given": ops.sum(given * column),
                "wanted": ops.sum(targets * column),
            }

        if labels.several:
            return several
        return one_of_two if labels.outputs == 1 else one_of_many

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        scores = {
            "loss": sums["loss"] / sums["weight"],
            "accuracy": sums["correct"] / sums["texts"],
        }
        if "given" in sums:
            scores["f1"] = 2 * sums["true_positives"] / max(1.0, sums["given"] + sums["wanted"])
        return scores

    def calibrate(self, outputs: Outputs, data: LabelledData) -> Codec:
        codec = data.codec
        if not codec.labels.several or "validation" not in data.parts:
            return codec
        thresholds = best_thresholds(
            self._probabilities(outputs, data, "validation"), data.parts["validation"].targets
        )
        return replace(
            codec, labels=replace(codec.labels, thresholds=tuple(map(float, thresholds)))
        )

    def _probabilities(self, outputs: Outputs, data: LabelledData, part: str) -> np.ndarray:
        """(texts, labels), in the texts' own order."""
        return _probabilities(
            data.batches(part, SCORED_AT_ONCE).answers(outputs), data.codec.labels
        )

    def evaluate(
        self,
        outputs: Outputs,
        data: LabelledData,
        parts: Iterable[str],
        *,
        errors: int = 0,
        say: Callable[[str], None] = lambda line: None,
    ) -> list[Evaluation]:
        labels, train = data.codec.labels, data.parts["train"]
        name, simple = self._baseline(data)
        # A baseline gets its thresholds as the run does: on validation.
        held_out = data.parts.get("validation")
        halves = np.full(len(labels), 0.5)
        simple_thresholds = (
            best_thresholds(simple(held_out.whole), held_out.targets)
            if labels.several and held_out
            else halves
        )
        own_thresholds = np.array(labels.thresholds) if labels.several else halves
        evaluations = []
        for part in parts:
            texts, targets = data.parts[part].whole, data.parts[part].targets
            probabilities = self._probabilities(outputs, data, part)
            answers = {
                "this run": (probabilities, own_thresholds),
                "majority class": (majority(train.targets, len(labels), len(texts)), halves),
                name: (simple(texts), simple_thresholds),
            }
            rows = [
                Score(who, _scores(answer, targets, thresholds, labels))
                for who, (answer, thresholds) in answers.items()
            ]
            if self.published and self.published.part == part:
                rows.append(
                    Score(
                        "published",
                        {self.published.metric: self.published.value},
                        self.published.source,
                    )
                )
            evaluations.append(self._with_tables(part, rows, probabilities, data, errors))
        return evaluations

    def _baseline(self, data: LabelledData) -> tuple[str, Callable[[Sequences], np.ndarray]]:
        """A simple classifier's name, and its probabilities (texts, labels)."""
        labels, train = data.codec.labels, data.parts["train"]
        if isinstance(data.codec, ArrayCodec):
            regression = LogisticRegression(summaries(train.texts), train.targets, len(labels))
            return (
                "logistic regression of mean, deviation, least and largest",
                lambda sequences: regression.predict(summaries(sequences)),
            )
        return (
            "TF-IDF logistic regression",
            BagOfNgrams(train.whole, train.targets, len(labels), len(data.codec.tokenizer)).predict,
        )

    def _with_tables(
        self,
        part: str,
        rows: list[Score],
        probabilities: np.ndarray,
        data: LabelledData,
        errors: int,
    ) -> Evaluation:
        labels, targets = data.codec.labels, data.parts[part].targets
        notes = ["training scores: the model has seen these very texts"] if part == "train" else []
        matrix = None
        if labels.several:
            answers = (probabilities >= np.array(labels.thresholds)).astype(int)
            tuned = any(threshold != 0.5 for threshold in labels.thresholds)
            notes += (
                ["thresholds were chosen on this part"] if part == "validation" and tuned else []
            )
            wanted = targets.astype(int)
        else:
            answers, wanted = probabilities.argmax(axis=1), targets
            matrix = Confusion(list(labels.names), confusion(answers, wanted, len(labels)).tolist())
        scored = class_scores(answers, wanted, labels.names)
        header, cells = (
            ["label", "precision", "recall", "f1", "texts"],
            [[row.label, row.precision, row.recall, row.f1, row.support] for row in scored],
        )
        if labels.several:
            header.append("threshold")
            cells = [
                [*row, threshold]
                for row, threshold in zip(cells, [*labels.thresholds, "", ""], strict=True)
            ]
        tables = [Table("each label", header, cells)]
        if matrix:
            tables.append(
                Table(
                    "true label (rows) and answer (columns)",
                    ["", *labels.names],
                    [[name, *row] for name, row in zip(labels.names, matrix.counts, strict=True)],
                )
            )
        if errors:
            tables.append(
                self._mistakes(data.parts[part], probabilities, answers, wanted, labels, errors)
            )
        return Evaluation(part, rows, notes, tables, matrix)

    def _mistakes(
        self,
        part: Part,
        probabilities: np.ndarray,
        answers: np.ndarray,
        wanted: np.ndarray,
        labels: Labels,
        count: int,
    ) -> Table:
        """The wrong answers that the model is surest of."""
        if labels.several:
            certain = np.where(
                answers != wanted, np.where(answers, probabilities, 1 - probabilities), 0
            ).max(axis=1)
        else:
            certain = np.where(answers != wanted, probabilities.max(axis=1), 0)
        worst = [
            int(row) for row in np.argsort(-certain, kind="stable")[:count] if certain[row] > 0
        ]

        def named(row: np.ndarray) -> str:
            return (
                (
                    ", ".join(name for name, given in zip(labels.names, row, strict=True) if given)
                    or "-"
                )
                if labels.several
                else labels.names[int(row)]
            )

        cells = [
            [
                float(certain[row]),
                named(wanted[row]),
                named(answers[row]),
                part.examples.place(row),
                _shown_input(part.examples.texts[row]),
            ]
            for row in worst
        ]
        return Table(
            "the most confident mistakes", ["probability", "true", "answer", "where", "text"], cells
        )

    def answer(
        self,
        codec: Codec,
        outputs: Outputs,
        text: str,
        *,
        top: int,
        where: str,
        warn: Callable[[str], None],
    ) -> list[Any]:
        if isinstance(codec, ArrayCodec):
            with at(where):
                read = codec.encode([codec.parse(text)])
        else:
            read = self._read(codec, text, where, warn)
        (probabilities,) = self._answers(codec, outputs, read)
        best = [int(label) for label in np.argsort(-probabilities, kind="stable")[:top]]
        labels = codec.labels
        if not labels.several:
            return [Verdict(labels.names[label], float(probabilities[label])) for label in best]
        given = {
            label: "yes" if probabilities[label] >= labels.thresholds[label] else "no"
            for label in best
        }
        return [
            Decision(
                labels.names[label],
                float(probabilities[label]),
                labels.thresholds[label],
                given[label],
            )
            for label in best
        ]

    def _read(
        self, codec: TextCodec, text: str, where: str, warn: Callable[[str], None]
    ) -> Sequences:
        """The token ids of one text, with warnings about what of it is not read."""
        cleaned = clean(text, self.data.clean)
        if not len(texts := codec.encode([cleaned])) or not text.strip() or not texts.lengths.all():
            raise RnnkitError(
                where, f"nothing to read in {text!r}", "Expected a text with at least one word"
            )
        if (codec.ids(texts).flat == codec.tokenizer.unknown_id).any() and (
            unknown := codec.tokenizer.unknown(cleaned)
        ):
            how = "read as <unk>" if codec.spell is None else "read by their spelling alone"
            warn(f"{where}: not in the vocabulary, {how}: {', '.join(map(repr, unknown[:20]))}")
        if texts.lengths[0] > (longest := self.data.max_length or LONGEST):
            warn(
                f"{where}: {texts.lengths[0]:,} tokens, of which the"
                f" {'last' if self.data.truncating == 'pre' else 'first'} {longest:,} are read"
            )
        return texts

    def answer_file(self, codec: Codec, outputs: Outputs, path: Path | None) -> FileAnswers | None:
        if not isinstance(codec, ArrayCodec):
            return None
        with at("--input"):
            sequences = codec.read(path)

        def records() -> Generator[list[dict[str, Any]], None, None]:
            yield [
                {"sample": sample, **answer}
                for sample, answer in enumerate(self.answer_all(codec, outputs, sequences))
                if answer
            ]

        return FileAnswers(records(), (".csv", ".tsv", ".jsonl"))

    def answer_columns(self, codec: Codec) -> list[str]:
        return (
            ["label", *(f"probability_{name}" for name in codec.labels.names)]
            if codec.labels.several
            else ["label", "probability"]
        )

    def table_options(self) -> dict[str, Any]:
        if not isinstance(self.data.dataset, LabelledDataset):
            return {}
        kind = self.data.dataset.own_format()
        options = {} if kind is None else {"kind": name_of("format", type(kind)), **dict(kind)}
        return {"text": self.data.dataset.text_column, **options}

    def answer_all(
        self,
        codec: Codec,
        outputs: Outputs,
        texts: Sequence[Any],
        *,
        say: Callable[[str], None] = lambda line: None,
    ) -> list[dict[str, Any] | None]:
        if isinstance(codec, ArrayCodec):
            encoded, readable = codec.encode(texts), np.arange(len(texts))
        else:
            encoded = codec.encode([clean(text, self.data.clean) for text in texts])
            readable = np.flatnonzero(
                [
                    bool(text.strip()) and length > 0
                    for text, length in zip(texts, encoded.lengths, strict=True)
                ]
            )
        answers: list[dict[str, Any] | None] = [None] * len(texts)
        if not len(readable):
            return answers
        labels = codec.labels
        for row, probabilities in zip(
            readable, self._answers(codec, outputs, encoded.take(readable)), strict=True
        ):
            if labels.several:
                given = [
                    name
                    for name, p, threshold in zip(
                        labels.names, probabilities, labels.thresholds, strict=True
                    )
                    if p >= threshold
                ]
                answers[row] = dict(
                    zip(
                        self.answer_columns(codec),
                        [
                            self.data.dataset.delimiter.join(given),
                            *(round(float(p), 6) for p in probabilities),
                        ],
                        strict=True,
                    )
                )
            else:
                best = int(probabilities.argmax())
                answers[row] = {
                    "label": labels.names[best],
                    "probability": round(float(probabilities[best]), 6),
                }
        return answers

    def _answers(self, codec: Codec, outputs: Outputs, whole: Sequences) -> np.ndarray:
        """Probabilities of texts without labels, (texts, labels)."""
        texts = self._cut(whole) if self._reads_text else whole
        nothing = np.zeros(len(texts), np.int32)
        part = Part(Examples([], [], str), whole, texts, nothing)
        data = LabelledData(codec, {"data": part}, self.data, SCORED_AT_ONCE)
        return self._probabilities(outputs, data, "data")

    def sample(self, outputs: Outputs, data: LabelledData) -> str:
        part = data.parts["validation" if "validation" in data.parts else "train"]
        shown = part.examples.take(range(min(SAMPLED, len(part.examples))))
        lines = []
        for text, labels, answer in zip(
            shown.texts,
            shown.labels,
            self.answer_all(data.codec, outputs, shown.texts),
            strict=True,
        ):
            lines.append(
                f"{', '.join(labels) or '-'} -> {answer['label'] if answer else '?'}:"
                f" {_shown_input(text)}"
            )
        return "\n".join(lines)

    def next_command(self, run: RunFolder, data: LabelledData) -> str:
        if isinstance(dataset := self.data.dataset, ArrayDataset):
            steps = data.parts["train"].examples.texts[0][:SHOWN_STEPS]
            return (
                f"rnnkit predict {shlex.quote(str(run))} --text"
                f" '{' '.join(f'{number:g}' for number in steps.ravel())}'"
            )
        words = (shown(text) for text in data.parts["train"].examples.texts)
        text = dataset.example or min(
            (text for text in words if text not in ("", "-")), key=len, default="text"
        )
        return f"rnnkit predict {shlex.quote(str(run))} --text {shlex.quote(text)}"


def _probabilities(logits: np.ndarray, labels: Labels) -> np.ndarray:
    """(texts, outputs) logits to (texts, labels) probabilities."""
    logits = logits.astype(np.float64)
    if labels.several:
        return sigmoid(logits)
    return (
        softmax(np.concatenate([np.zeros_like(logits), logits], axis=1))
        if labels.outputs == 1
        else softmax(logits)
    )


def _scores(
    probabilities: np.ndarray, targets: np.ndarray, thresholds: np.ndarray, labels: Labels
) -> dict[str, float]:
    return (
        several_label_scores(probabilities, targets, thresholds)
        if labels.several
        else one_label_scores(probabilities, targets)
    )


def _shown_input(text: Any) -> str:
    return shown(text) if isinstance(text, str) else f"{len(text)} steps"
