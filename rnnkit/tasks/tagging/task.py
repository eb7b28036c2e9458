"""Tagging: a label for every step (many to many, aligned)."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.architecture import Architecture, LayerSpec, resolve
from rnnkit.backend import Objective
from rnnkit.baselines.arrays import LogisticRegression
from rnnkit.baselines.tags import MostFrequentTag
from rnnkit.config.spec import Spec, mistake, mistakes_at
from rnnkit.data.batch.buckets import TaggedTexts
from rnnkit.data.dataset import ArrayDataset, TaggedDataset
from rnnkit.data.datasets.conll import Conll
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.data.encode.codecs import WordCodec
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.spans import (
    OUTSIDE,
    Scheme,
    are_spans,
    converted,
    detect,
    is_legal,
    legal_pairs,
    read_spans,
    tag_names,
)
from rnnkit.data.raw.labelled import Examples, Labelled, label_counts, places, repeated_texts
from rnnkit.data.read.sentences import Sentence, conll, conllu, cut, json_lines, text_lines
from rnnkit.data.read.tables import TableReader
from rnnkit.engine.crf import Legal, decode
from rnnkit.errors import RnnkitError, at
from rnnkit.metrics.classification import class_scores, confusion
from rnnkit.metrics.spans import span_scores
from rnnkit.metrics.tagging import tag_scores
from rnnkit.models.activations import softmax
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.dense import Dense
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.tasks.embeddings import initial_embeddings, spelling_read
from rnnkit.tasks.tagging.data import (
    LISTED,
    Codec,
    TaggedData,
    TaggedPart,
    TaggingData,
    require_known_tags,
    require_length,
    require_two_tags,
    span_types,
    tag_indices,
    tag_labels,
    widths,
)
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
)

# how spans are written in answers and scores, whatever the model's own scheme
SHOWN: Literal["iob2"] = "iob2"
SCORED_AT_ONCE = 64
STREAMED_AT_ONCE = 1024
SAMPLED = 3
SHOWN_STEPS = 12
AROUND = 4  # tokens beside a wrong one that are shown

Answers = Generator[list[dict[str, Any]], None, None]

Tagged = tuple[tuple[str, ...], np.ndarray]
"""The tags of a sequence, and how probable each is."""


class TaggingSettings(Spec):
    """How tags are chosen."""

    crf: bool = Field(
        False,
        description=(
            "a conditional random field learns which tags follow each other; else each step is"
            " scored for itself"
        ),
    )
    scheme: Literal["iob2", "bioes"] = Field(
        "bioes", description="how the model writes spans (B-PER, I-PER), where tags are such"
    )


@dataclass(frozen=True)
class TaggedToken:
    """A token, its tag, and how probable the tag is there."""

    token: str
    tag: str
    probability: float


@dataclass(frozen=True)
class TaggedStep:
    """A step of a sequence of numbers, counted from 0, its tag, and how probable the tag is
    there."""

    step: int
    tag: str
    probability: float


class Tagging(Task):
    """A tag for every token of a sentence, or a label for every step of a sequence of numbers (many
    to many, aligned).
    """

    task: TaggingSettings
    data: TaggingData
    model: RecurrentModel

    metrics: ClassVar[tuple[str, ...]] = ("loss", "accuracy")
    lists_errors: ClassVar[bool] = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        data, kind = self.data, name_of("input", type(self.model.embedding))
        problems = (
            shape_mistakes(
                lambda: self._resolve(features=None if self._reads_words else 1, labels=1)
            )
            + self.monitor_mistakes()
        )
        if self._reads_words and kind == "none":
            problems.append(
                (
                    ("model", "embedding"),
                    mistake(
                        "found 'none'",
                        "Expected an embedding, words or one_hot: tokens are no numbers",
                    ),
                )
            )
        if not self._reads_words:
            if kind != "none":
                problems.append(
                    (
                        ("model", "embedding"),
                        mistake(
                            f"found {kind!r}", "Expected none: the data set holds numbers already"
                        ),
                    )
                )
            for key in ("words", "tags", "max_length"):
                if getattr(data, key) != TaggingData.model_fields[key].default:
                    problems.append(
                        (
                            ("data", key),
                            mistake(
                                "set, but the data set holds numbers",
                                "Expected sentences for it",
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
                        "Expected shares that leave sentences to train on",
                    ),
                )
            )
        if data.labels is not None and len(set(map(str, data.labels))) < max(len(data.labels), 1):
            problems.append(
                (
                    ("data", "labels"),
                    mistake(f"{len(data.labels)} labels", "Expected different ones, each once"),
                )
            )
        unrolled = mistake("true over sequences of any length", "Expected false", "Remove it")
        problems += [
            (("model", "layers", index, name_of("layer", type(layer)), "unroll"), unrolled)
            for index, layer in enumerate(self.model.layers)
            if getattr(layer, "unroll", False)
        ]
        if problems:
            raise mistakes_at(problems)
        return self

    @property
    def _reads_words(self) -> bool:
        return isinstance(self.data.dataset, TaggedDataset)

    def load_data(
        self, *, sample: bool = False, codec: Codec | None = None, file: str | None = None
    ) -> TaggedData:
        found = self._load(sample)
        parts, notes = self.data.split.divide(found.parts, sample=sample), list(found.notes)
        if file is not None:
            dataset = self.data.dataset
            with at("--data"):
                further = (
                    dataset.read(file, each_step=True)
                    if isinstance(dataset, ArrayDataset)
                    else dataset.read(file)
                )
            parts |= further.parts
            notes += further.notes
        if self._reads_words:
            for examples in parts.values():
                require_length(examples.texts, self.data.max_length, examples.place)
        names = codec.labels.names if codec else tuple(sorted(label_counts(parts["train"].labels)))
        listed = set(map(str, self.data.labels or ())) if not (codec or sample) else set()
        scheme = self._scheme(names)
        if scheme:
            kinds = listed or span_types(names)
            parts = {
                part: self._in_iob2(examples, part, kinds, notes)
                for part, examples in parts.items()
            }
            names, known = tag_names(kinds, scheme), set(tag_names(kinds, SHOWN))
            if codec and names != codec.labels.names:
                raise RnnkitError(
                    "task.tagging.scheme",
                    f"{scheme}, but the run that is taken over writes spans otherwise",
                    "Expected its own",
                )
        else:
            if (
                self._reads_words
                and self.data.tags == "auto"
                and (others := [name for name in names if are_spans([name])])
            ):
                odd = ", ".join(sorted(set(names) - {OUTSIDE, *others})[:LISTED])
                notes.append(
                    f"tags are read as they stand: {odd} write no span, though"
                    f" {', '.join(others[:3])} do; `tags: iob2` names the line"
                )
            names = tuple(sorted(listed)) or names
            known = set(names)
            require_two_tags(names)
        for part, examples in parts.items():
            require_known_tags(examples, part, known)
        targets = {
            part: [converted(tags, scheme) if scheme else tags for tags in examples.labels]
            for part, examples in parts.items()
        }
        codec = codec or self._codec(parts["train"], tag_labels(names, targets["train"]))
        # one that is taken over from another run may have read more or less of a word
        if isinstance(codec, WordCodec):
            codec = replace(codec, spell=spelling_read(self.model.embedding))
        encoded = {}
        for part, examples in parts.items():
            if isinstance(codec, ArrayCodec):
                with at("--data" if part == "data" else "data.dataset"):
                    codec.require_features(examples.texts, part)
            encoded[part] = TaggedPart(
                examples, codec.encode(examples.texts), tag_indices(targets[part], codec.labels)
            )
        for part in ("validation", "test"):
            if part in parts and (repeated := repeated_texts(parts[part], parts["train"])):
                notes.append(
                    f"{repeated:,} of {len(parts[part]):,} {part} sentences stand in the training"
                    " part too"
                )
        return TaggedData(codec, encoded, self.train.batch_size, notes)

    def _load(self, sample: bool) -> Labelled:
        dataset = self.data.dataset
        if isinstance(dataset, ArrayDataset):
            return dataset.sample(each_step=True) if sample else dataset.load(each_step=True)
        return dataset.sample() if sample else dataset.load()

    def _scheme(self, names: Iterable[str]) -> Literal["iob2", "bioes"] | None:
        """How the model writes spans; None where the tags of these names are none."""
        if not self._reads_words or self.data.tags == "plain":
            return None
        return self.task.scheme if self.data.tags != "auto" or are_spans(names) else None

    def _in_iob2(
        self, examples: Examples, part: str, kinds: set[str], notes: list[str]
    ) -> Examples:
        """The same spans in IOB2, with a note about sentences that no rule of their scheme
        allows."""
        for index, tags in enumerate(examples.labels):
            for tag in tags:
                if tag != OUTSIDE and not are_spans([tag]):
                    hint = "Mend the line, or write `tags: plain` where tags are no spans"
                    raise RnnkitError(
                        examples.place(index),
                        f"the tag {tag!r}",
                        "Expected O, or B-, I-, E- or S- before a type of span",
                        hint,
                    )
        require_known_tags(
            examples, part, {OUTSIDE, *(f"{prefix}-{kind}" for prefix in "BIES" for kind in kinds)}
        )
        scheme: Scheme = detect(examples.labels) if self.data.tags == "auto" else self.data.tags  # type: ignore[assignment]  # never plain
        illegal = [
            examples.place(index)
            for index, tags in enumerate(examples.labels)
            if not is_legal(tags, scheme)
        ]
        if illegal:
            notes.append(
                f"{part}: {len(illegal):,} sentences are no legal {scheme.upper()} and are read as"
                f" conlleval reads them: {places(illegal)}"
            )
        return Examples(
            examples.texts, [converted(tags, SHOWN) for tags in examples.labels], examples.place
        )

    def _codec(self, train: Examples, labels: Labels) -> Codec:
        dataset = self.data.dataset
        if isinstance(dataset, ArrayDataset):
            return ArrayCodec.fit(train.texts, dataset.scale == "standard", labels)
        tokenizer = self.data.words.train(
            *(token for tokens in train.texts for token in tokens), padding=True
        )
        return WordCodec(tokenizer, labels, spelling_read(self.model.embedding))

    def load_codec(self, run: RunFolder) -> Codec:
        if not self._reads_words:
            return ArrayCodec.load(run)
        return WordCodec(
            self.data.words.load(run.tokenizer),
            Labels.load(run.labels),
            spelling_read(self.model.embedding),
        )

    def architecture(self, codec: Codec) -> Architecture:
        return self._resolve(codec.features, len(codec.labels))

    def _resolve(self, features: int | None, labels: int) -> Architecture:
        head: dict[str, LayerSpec] = (
            {"crf": CRF(labels=labels)} if self.task.crf else {"logits": Dense(units=labels)}
        )
        return resolve(
            "tagging",
            self.model.embedding,
            self.model.layers,
            head,
            timesteps=None,
            features=features,
            sequence_output=True,
            padded=self._reads_words,
        )

    def initial_weights(
        self, data: TaggedData, say: Callable[[str], None]
    ) -> dict[str, np.ndarray]:
        if isinstance(data.codec, ArrayCodec):
            return {}
        words = data.codec.ids(data.parts["train"].texts)
        return initial_embeddings(
            self.model.embedding,
            data.codec.tokenizer.vocabulary,
            words,
            self.train.random_seed,
            say,
        )

    def objective(self, codec: Codec) -> Objective:
        from keras import ops

        from rnnkit.models.crf import best_labels, negative_log_likelihood

        def of_chain(potentials: Any, targets: Any, weights: Any) -> dict[str, Any]:
            nats = negative_log_likelihood(potentials, targets, weights)
            return sums(
                ops.sum(nats), best_labels(ops.stop_gradient(potentials), weights), targets, weights
            )

        def of_steps(logits: Any, targets: Any, weights: Any) -> dict[str, Any]:
            nats = ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
            return sums(
                ops.sum(nats * weights),
                ops.cast(ops.argmax(logits, axis=-1), "int32"),
                targets,
                weights,
            )

        def sums(loss: Any, answers: Any, targets: Any, weights: Any) -> dict[str, Any]:
            hits = ops.cast(ops.equal(answers, ops.cast(targets, "int32")), weights.dtype)
            return {"loss": loss, "weight": ops.sum(weights), "correct": ops.sum(hits * weights)}

        return of_chain if self.task.crf else of_steps

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        return {"loss": sums["loss"] / sums["weight"], "accuracy": sums["correct"] / sums["weight"]}

    def tag(self, codec: Codec, outputs: Outputs, sequences: Sequence[Any]) -> list[Tagged]:
        """The tags of each sequence, of spans in IOB2, and the probability of each.

        Spans are legal: of all sequences of tags that the scheme allows the likeliest is chosen
        (Viterbi), whether or not the model has learnt scores of neighbours.

        Args:
            codec: The run's codec.
            outputs: The model's answers.
            sequences: Tokens, or numbers (timesteps, features).
        """
        names, scheme = codec.labels.names, self._scheme(codec.labels.names)
        legal = Legal(*legal_pairs(names, scheme)) if scheme else None

        def decoded(inputs: np.ndarray, lengths: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
            answers = outputs(inputs)
            if self.task.crf:
                return decode(answers, lengths, legal)
            probabilities = softmax(answers.astype(np.float64))
            if legal:
                pairs = np.broadcast_to(
                    np.log(probabilities)[:, :, None], (*probabilities.shape, len(names))
                )
                return decode(pairs, lengths, legal)
            best, sure = probabilities.argmax(axis=-1), probabilities.max(axis=-1)
            return [(best[row, :length], sure[row, :length]) for row, length in enumerate(lengths)]

        texts = codec.encode(sequences)
        batches = TaggedTexts(texts, texts, SCORED_AT_ONCE, widths(codec, texts, SCORED_AT_ONCE))
        named = [
            (tuple(names[label] for label in labels), probabilities)
            for labels, probabilities in batches.tagged(decoded)
        ]
        return [
            (converted(tags, SHOWN) if scheme else tags, probabilities)
            for tags, probabilities in named
        ]

    def evaluate(
        self,
        outputs: Outputs,
        data: TaggedData,
        parts: Iterable[str],
        *,
        errors: int = 0,
        say: Callable[[str], None] = lambda line: None,
    ) -> list[Evaluation]:
        baseline = self._baseline(data)
        return [self._evaluate_part(outputs, data, part, *baseline, errors) for part in parts]

    def _baseline(
        self, data: TaggedData
    ) -> tuple[str, Callable[[Sequence[Any]], list[Sequence[str]]]]:
        """A simple method's name, and the tags that it gives to sequences."""
        train = data.parts["train"]
        if isinstance(data.codec, ArrayCodec):
            codec, names = data.codec, data.codec.labels.names
            alone = LogisticRegression(train.texts.flat, train.targets.flat, len(names))
            return "logistic regression of each step alone", lambda sequences: [
                [
                    names[label]
                    for label in alone.predict(codec.scaler.scaled(sequence)).argmax(axis=1)
                ]
                for sequence in sequences
            ]
        frequent = MostFrequentTag(zip(train.examples.texts, train.examples.labels, strict=True))
        return "most frequent tag", lambda sequences: [
            frequent.predict(tokens) for tokens in sequences
        ]

    def _evaluate_part(
        self,
        outputs: Outputs,
        data: TaggedData,
        part: str,
        name: str,
        baseline: Callable[[Sequence[Any]], list[Sequence[str]]],
        errors: int,
    ) -> Evaluation:
        examples = data.parts[part].examples
        tagged = self.tag(data.codec, outputs, examples.texts)
        answers: dict[str, list[Sequence[str]]] = {
            "this run": [tags for tags, _ in tagged],
            name: baseline(examples.texts),
        }
        rows = [Score(who, self._scores(data, part, tags)) for who, tags in answers.items()]
        if self.published and self.published.part == part:
            rows.append(
                Score(
                    "published",
                    {self.published.metric: self.published.value},
                    self.published.source,
                )
            )
        notes = (
            ["training scores: the model has seen these very sentences"] if part == "train" else []
        )
        tables, matrix = self._tables(data.codec, examples.labels, answers["this run"])
        if errors:
            tables.append(self._mistakes(examples, tagged, errors))
        return Evaluation(part, rows, notes, tables, matrix)

    def _scores(
        self, data: TaggedData, part: str, answers: Sequence[Sequence[str]]
    ) -> dict[str, float]:
        examples = data.parts[part].examples
        if not self._reads_words:
            scores = tag_scores(
                examples.labels, examples.labels, answers, set(data.codec.labels.names)
            )
            return {
                **{key: scores[key] for key in ("accuracy", "correct")},
                "steps": scores["tokens"],
            }
        known = {token for tokens in data.parts["train"].examples.texts for token in tokens}
        scores = tag_scores(examples.texts, examples.labels, answers, known)
        if self._scheme(data.codec.labels.names):
            micro, _ = span_scores(_spans(examples.labels), _spans(answers))[-2:]
            scores |= {"precision": micro.precision, "recall": micro.recall, "f1": micro.f1}
        return scores

    def _tables(
        self, codec: Codec, true: Sequence[Sequence[str]], answers: Sequence[Sequence[str]]
    ) -> tuple[list[Table], Confusion | None]:
        if self._scheme(codec.labels.names):
            spans = [
                [row.kind, row.precision, row.recall, row.f1, row.support]
                for row in span_scores(_spans(true), _spans(answers))
            ]
            return [
                Table("each type of span", ["type", "precision", "recall", "f1", "spans"], spans)
            ], None
        names = codec.labels.names
        targets, given = (tag_indices(tags, codec.labels).flat for tags in (true, answers))
        scored = [
            [row.label, row.precision, row.recall, row.f1, row.support]
            for row in class_scores(given, targets, names)
        ]
        tables = [
            Table(
                "each tag",
                ["tag", "precision", "recall", "f1", "tokens" if self._reads_words else "steps"],
                scored,
            )
        ]
        counts = confusion(given, targets, len(names)).tolist()
        if len(names) <= LISTED:
            rows = [[name, *row] for name, row in zip(names, counts, strict=True)]
            tables.append(Table("true tag (rows) and answer (columns)", ["", *names], rows))
        return tables, Confusion(list(names), counts)

    def _mistakes(self, examples: Examples, tagged: Sequence[Tagged], count: int) -> Table:
        """The wrong tags that the model is surest of, each among its neighbours."""
        wrong = [
            (float(probabilities[step]), index, step)
            for index, (tags, probabilities) in enumerate(tagged)
            for step, (tag, true) in enumerate(zip(tags, examples.labels[index], strict=True))
            if tag != true
        ]
        cells = []
        for probability, index, step in sorted(wrong, key=lambda found: (-found[0], *found[1:]))[
            :count
        ]:
            shown = (
                self._around(examples.texts[index], step)
                if self._reads_words
                else f"step {step + 1}"
            )
            cells.append(
                [
                    probability,
                    examples.labels[index][step],
                    tagged[index][0][step],
                    examples.place(index),
                    shown,
                ]
            )
        return Table(
            "the most confident mistakes",
            ["probability", "true", "answer", "where", "token"],
            cells,
        )

    def _around(self, tokens: Sequence[str], step: int) -> str:
        before, after = tokens[max(0, step - AROUND) : step], tokens[step + 1 : step + 1 + AROUND]
        return " ".join([*before, f"[{tokens[step]}]", *after])

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
                sequence = codec.parse(text)
            ((tags, probabilities),) = self.tag(codec, outputs, [sequence])
            return [
                TaggedStep(step, *found)
                for step, found in enumerate(zip(tags, map(float, probabilities), strict=True))
            ]
        tokens = cut(text)
        if not tokens:
            raise RnnkitError(
                where, f"nothing to read in {text!r}", "Expected a text with at least one word"
            )
        if len(tokens) > self.data.max_length:
            raise RnnkitError(
                where,
                f"{len(tokens):,} tokens",
                f"Expected at most {self.data.max_length:,} (data.max_length)",
                "Ask sentence by sentence",
            )
        ((tags, probabilities),) = self.tag(codec, outputs, [tokens])
        return [
            TaggedToken(*found)
            for found in zip(tokens, tags, map(float, probabilities), strict=True)
        ]

    def answer_file(self, codec: Codec, outputs: Outputs, path: Path | None) -> FileAnswers:
        if isinstance(codec, ArrayCodec):
            with at("--input"):
                sequences = codec.read(path)
            return FileAnswers(
                self._answered_steps(codec, outputs, sequences), (".csv", ".tsv", ".jsonl")
            )
        return FileAnswers(
            self._answered_sentences(codec, outputs, path), (".conll", ".tsv", ".jsonl")
        )

    def _answered_sentences(self, codec: Codec, outputs: Outputs, path: Path | None) -> Answers:
        source, sentences = self._sentences(path)
        while True:
            with at("--input"):
                chunk = list(itertools.islice(sentences, STREAMED_AT_ONCE))
            if not chunk:
                return
            lines = [sentence.lines[0] for sentence in chunk]
            require_length(
                [sentence.tokens for sentence in chunk],
                self.data.max_length,
                [f"{source}:{line}" for line in lines].__getitem__,
            )
            tagged = self.tag(codec, outputs, [sentence.tokens for sentence in chunk])
            yield [
                {"tokens": list(sentence.tokens), "tags": list(tags)}
                for sentence, (tags, _) in zip(chunk, tagged, strict=True)
            ]

    def _sentences(self, path: Path | None) -> tuple[str, Iterator[Sentence]]:
        """What a file, or standard input, is called, and its sentences, which need no tags: by its
        name.
        """
        suffix, dataset = (
            (Path(path.name.removesuffix(".gz")).suffix.lower() if path else ".txt"),
            self.data.dataset,
        )
        if suffix in (".csv", ".npz"):
            hint = "A sentence a line: .txt; cut into tokens: .conll, .conllu, .jsonl"
            raise RnnkitError(
                "--input",
                f"{path}: no file of sentences",
                "Expected .txt, .jsonl, .conllu or a file of columns",
                hint,
            )
        with at("--input"):
            reader = TableReader(path, "jsonl" if suffix == ".jsonl" else "txt")
        if suffix == ".txt":
            return reader.source, text_lines(reader, cut)
        if suffix == ".jsonl":
            return reader.source, json_lines(reader, "tokens", None)
        if suffix == ".conllu":
            return reader.source, conllu(reader, None)
        return reader.source, conll(reader, dataset.word if isinstance(dataset, Conll) else 0, None)

    def _answered_steps(
        self, codec: ArrayCodec, outputs: Outputs, sequences: Sequence[np.ndarray]
    ) -> Answers:
        for start in range(0, len(sequences), STREAMED_AT_ONCE):
            tagged = self.tag(codec, outputs, sequences[start : start + STREAMED_AT_ONCE])
            yield [
                {
                    "sample": sample,
                    "step": step,
                    "tag": tag,
                    "probability": round(float(probability), 6),
                }
                for sample, answer in enumerate(tagged, start=start)
                for step, (tag, probability) in enumerate(zip(*answer, strict=True))
            ]

    def sample(self, outputs: Outputs, data: TaggedData) -> str:
        examples = data.parts["validation" if "validation" in data.parts else "train"].examples
        shown = examples.take(range(min(SAMPLED, len(examples))))
        tagged = self.tag(data.codec, outputs, shown.texts)
        if not self._reads_words:
            return "\n".join(" ".join(tags) for tags, _ in tagged)
        return "\n".join(
            " ".join(map("/".join, zip(tokens, tags, strict=True)))
            for tokens, (tags, _) in zip(shown.texts, tagged, strict=True)
        )

    def next_command(self, run: RunFolder, data: TaggedData) -> str:
        examples = data.parts["train"].examples
        if self._reads_words:
            text = min(
                (" ".join(tokens) for tokens in examples.texts if len(tokens) > AROUND),
                key=len,
                default=" ".join(examples.texts[0]),
            )
        else:
            text = " ".join(f"{number:g}" for number in examples.texts[0][:SHOWN_STEPS].ravel())
        return f"rnnkit predict {shlex.quote(str(run))} --text {shlex.quote(text)}"


def _spans(tags: Iterable[Sequence[str]]) -> list[Any]:
    return [read_spans(row) for row in tags]
