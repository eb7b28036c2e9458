"""Conditioned language modelling: a label or a vector in, a text out (one to many)."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.architecture import Architecture, resolve
from rnnkit.backend import Objective
from rnnkit.baselines.kneser_ney import KneserNey
from rnnkit.config.spec import Component, Spec, mistake, mistakes_at
from rnnkit.data.batch.buckets import ConditionedTexts, bucket_widths
from rnnkit.data.dataset import LabelledDataset
from rnnkit.data.encode.conditions import Condition, LabelCondition, NumberCondition
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import ENDS, Char, Tokenizer, TokenizerSpec
from rnnkit.data.raw.labelled import Examples
from rnnkit.data.raw.split import LabelledSplit
from rnnkit.errors import RnnkitError, at
from rnnkit.generation.decode import Stepper, StreamStepper, generate
from rnnkit.generation.options import Generate
from rnnkit.generation.originality import TrainingText
from rnnkit.metrics.next_token import NextTokenScore, score_logits, score_probabilities
from rnnkit.models.layers.condition import Condition as FirstStates
from rnnkit.models.layers.dense import Dense
from rnnkit.registry import BASELINES, lookup
from rnnkit.run import RunFolder
from rnnkit.tasks.embeddings import initial_embeddings
from rnnkit.tasks.language_model.task import (
    LanguageModel,
    count_characters,
    next_token_objective,
    token_score_rows,
)
from rnnkit.tasks.task import (
    Evaluation,
    InBuckets,
    Outputs,
    RecurrentModel,
    Task,
    carried_mistakes,
    shape_mistakes,
    token_input_mistakes,
)

CONTEXT = 4
SAMPLED = 4
SCORED_AT_ONCE = 256


class ConditionedSettings(Spec):
    """What a text is written from, where nothing of it is given."""

    condition: Literal["label", "features"] = Field(
        description="the text's label, or the numbers that the data set has in place of one"
    )


class ConditionedData(Spec):
    """The `data:` section."""

    dataset: Annotated[LabelledDataset, Component("dataset")]
    tokenizer: Annotated[TokenizerSpec, Component("tokenizer")] = Char()
    max_length: int = Field(
        1000, ge=1, le=100_000, description="tokens of a text; longer ones are cut at their end"
    )
    split: LabelledSplit = LabelledSplit()


@dataclass(frozen=True)
class ConditionedCodec:
    """Text to token ids, and what it is conditioned on to a vector."""

    tokenizer: Tokenizer
    condition: Condition


@dataclass
class ConditionedPart:
    """One part of the data.

    Args:
        examples: The raw texts.
        texts: Their token ids, from `<start>` to `<end>`.
        conditions: (texts, features) float32.
    """

    examples: Examples
    texts: Sequences
    conditions: np.ndarray


@dataclass
class ConditionedTextData(InBuckets):
    """Encoded texts with what they are conditioned on."""

    codec: ConditionedCodec
    parts: dict[str, ConditionedPart]
    batch_size: int
    notes: list[str] = field(default_factory=list)

    def batches(self, part: str, batch_size: int) -> ConditionedTexts:
        """A part in batches."""
        texts, conditions = self.parts[part].texts, self.parts[part].conditions
        return ConditionedTexts(
            texts, conditions, batch_size, bucket_widths(texts.lengths, min(batch_size, len(texts)))
        )

    @property
    def fingerprint(self) -> str:
        arrays = [
            array
            for _, part in sorted(self.parts.items())
            for array in (part.texts.flat, part.texts.lengths, part.conditions)
        ]
        return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()

    def describe(self) -> list[str]:
        sizes = ", ".join(
            f"{name} {len(part.texts):,} texts of {part.texts.lengths.mean() - 2:.0f} tokens"
            for name, part in self.parts.items()
        )
        lines = [
            f"{sizes}; vocabulary of {len(self.codec.tokenizer):,}",
            self.codec.condition.describe(),
        ]
        unknown = {
            name: int((part.texts.flat == self.codec.tokenizer.unknown_id).sum())
            for name, part in self.parts.items()
        }
        lines += [
            f"{name}: {count:,} of {len(self.parts[name].texts.flat):,} tokens are <unk>"
            for name, count in unknown.items()
            if count
        ]
        return [*lines, *self.notes]

    def save(self, run: RunFolder) -> None:
        self.codec.tokenizer.save(run.tokenizer)
        self.codec.condition.save(run)


class ConditionedLanguageModel(Task):
    """A text from a label, or from numbers: they make the state that the model starts from (one to
    many).
    """

    task: ConditionedSettings
    data: ConditionedData
    model: RecurrentModel
    generate: Generate = Generate(temperature=1.0)

    metrics: ClassVar[tuple[str, ...]] = ("loss", "accuracy", "perplexity")

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = shape_mistakes(lambda: self._resolve(vocabulary=None)) + self.monitor_mistakes()
        problems += token_input_mistakes(self.model.embedding)
        problems += carried_mistakes(self.model.layers, ("model", "layers"))
        if self.data.split.validation + self.data.split.test >= 1:
            problems.append(
                (
                    ("data", "split"),
                    mistake(
                        "validation and test take everything",
                        "Expected shares that leave texts to train on",
                    ),
                )
            )
        if self.data.dataset.several:
            problems.append(
                (
                    ("data", "dataset"),
                    mistake(
                        "several labels a text", "Expected one, on which the text is conditioned"
                    ),
                )
            )
        found = "features" if self.data.dataset.has_features else "label"
        if self.task.condition != found:
            has = "numbers in place of labels" if found == "features" else "a label for each text"
            problem = mistake(
                f"{self.task.condition}, but the data set has {has}",
                f"Expected {found}",
                "Change it, or the data set's columns",
            )
            problems.append((("task", "condition"), problem))
        if problems:
            raise mistakes_at(problems)
        return self

    @classmethod
    def name(cls) -> str:
        return LanguageModel.name()

    @classmethod
    def kind(cls) -> str:
        return "conditioned_language_model"

    def load_data(
        self,
        *,
        sample: bool = False,
        codec: ConditionedCodec | None = None,
        file: str | None = None,
    ) -> ConditionedTextData:
        dataset = self.data.dataset
        found = dataset.sample() if sample else dataset.load()
        parts, notes = self.data.split.divide(found.parts, sample=sample), list(found.notes)
        if file is not None:
            with at("--data"):
                further = dataset.read(file)
            parts |= further.parts
            notes += further.notes
        if codec is None:
            condition = self._condition.of(parts["train"])
            codec = ConditionedCodec(
                self.data.tokenizer.train(*parts["train"].texts, ends=True), condition
            )
        encoded = {part: self._encode(examples, codec) for part, examples in parts.items()}
        return ConditionedTextData(codec, encoded, self.train.batch_size, notes)

    def _encode(self, examples: Examples, codec: ConditionedCodec) -> ConditionedPart:
        start, end = (codec.tokenizer.vocabulary.index(token) for token in ENDS)
        texts = codec.tokenizer.encode_all(list(examples.texts)).cut(self.data.max_length, "post")
        texts = Sequences.of([start, *texts[text].tolist(), end] for text in range(len(texts)))
        return ConditionedPart(examples, texts, codec.condition.encode(examples))

    def load_codec(self, run: RunFolder) -> ConditionedCodec:
        return ConditionedCodec(self.data.tokenizer.load(run.tokenizer), self._condition.load(run))

    @property
    def _condition(self) -> type[LabelCondition | NumberCondition]:
        return NumberCondition if self.task.condition == "features" else LabelCondition

    def architecture(self, codec: ConditionedCodec) -> Architecture:
        return self._resolve(len(codec.tokenizer)).with_condition(codec.condition.size, FirstStates)

    def _resolve(self, vocabulary: int | None) -> Architecture:
        return resolve(
            "conditioned_language_model",
            self.model.embedding,
            self.model.layers,
            {"logits": Dense(units=vocabulary or 1)},
            timesteps=None,
            features=vocabulary,
            sequence_output=True,
        )

    def initial_weights(
        self, data: ConditionedTextData, say: Callable[[str], None]
    ) -> dict[str, np.ndarray]:
        return initial_embeddings(
            self.model.embedding,
            data.codec.tokenizer.vocabulary,
            data.parts["train"].texts,
            self.train.random_seed,
            say,
        )

    def objective(self, codec: ConditionedCodec) -> Objective:
        return next_token_objective()

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        score = NextTokenScore(round(sums["weight"]), round(sums["correct"]), sums["loss"])
        return {"loss": score.loss, "accuracy": score.accuracy, "perplexity": score.perplexity}

    def evaluate(
        self,
        outputs: Outputs,
        data: ConditionedTextData,
        parts: Iterable[str],
        *,
        errors: int = 0,
        say: Callable[[str], None] = lambda line: None,
    ) -> list[Evaluation]:
        train, tokenizer = data.parts["train"].texts.flat, data.codec.tokenizer
        vocabulary, start = len(tokenizer), tokenizer.vocabulary.index(ENDS[0])
        baselines: dict[str, Any] = {
            name: lookup("baseline", name)(train, vocabulary, start)
            for name in sorted(BASELINES, reverse=True)
        }
        neighbours = KneserNey(train, vocabulary, start=start)
        return [
            self._evaluate_part(
                outputs,
                data,
                part,
                {**baselines, f"Kneser-Ney {neighbours.order}-gram": neighbours},
            )
            for part in parts
        ]

    def _evaluate_part(
        self, outputs: Outputs, data: ConditionedTextData, part: str, baselines: dict[str, Any]
    ) -> Evaluation:
        scores = {"this run": NextTokenScore()}
        for (tokens, conditions), targets, weights in data.batches(part, SCORED_AT_ONCE).in_order():
            logits, _ = outputs.go_on(tokens, outputs.start(len(tokens), conditions))
            counted = weights > 0
            scores["this run"] += score_logits(logits[counted], targets[counted])
        texts = data.parts[part].texts
        start = data.codec.tokenizer.vocabulary.index(ENDS[0])
        contexts = np.lib.stride_tricks.sliding_window_view(
            np.concatenate([np.full(CONTEXT, -1), texts.flat])[:-1], CONTEXT
        )
        is_target = texts.flat != start
        for name, model in baselines.items():
            probabilities, guesses = model.predict(contexts[is_target], texts.flat[is_target])
            scores[name] = score_probabilities(probabilities, guesses, texts.flat[is_target])
        # As far as the texts are read; their ends are predicted, but are no characters.
        is_text = is_target & (texts.flat != data.codec.tokenizer.vocabulary.index(ENDS[1]))
        characters = (
            count_characters(data.codec.tokenizer, texts.flat[is_text])
            if self.data.tokenizer.is_lossless
            else 0
        )
        rows = token_score_rows(scores, characters, "without the condition")
        return Evaluation(
            part, rows, ["the model has seen these very texts"] if part == "train" else []
        )

    def answer(
        self,
        codec: ConditionedCodec,
        outputs: Outputs,
        text: str,
        *,
        top: int,
        where: str,
        warn: Callable[[str], None],
    ) -> list[Any]:
        raise RnnkitError(
            where,
            "a conditioned language model",
            "Expected a run that answers texts",
            "Ask it with `rnnkit generate --condition`",
        )

    def sample(self, outputs: Outputs, data: ConditionedTextData) -> str:
        lines = []
        for name in data.codec.condition.shown(data.parts["train"].examples, SAMPLED):
            seed = self.encode_seed(data.codec, "", "sample", "unk", lambda line: None)
            stepper = self.stepper(outputs, self.condition(data.codec, name, "sample"))
            banned = self.banned(data.codec)
            new = [
                int(ids[0])
                for ids in generate(
                    stepper,
                    seed,
                    Generate(temperature=0.8, max_new_tokens=40, random_seed=0),
                    banned,
                )
            ]
            end = self.end_token(data.codec)
            lines.append(
                f"{name}: {data.codec.tokenizer.text(new[: new.index(end)] if end in new else new)}"
            )
        return "\n".join(lines)

    def next_command(self, run: RunFolder, data: ConditionedTextData) -> str:
        (condition,) = data.codec.condition.shown(data.parts["train"].examples, 1)
        return (
            f"rnnkit generate {shlex.quote(str(run))} --condition {shlex.quote(condition)}"
            " --num-samples 5"
        )

    def stepper(self, outputs: Outputs, condition: np.ndarray | None = None) -> StreamStepper:
        """What generation asks for the next token."""
        return StreamStepper(outputs, condition)

    def condition(self, codec: ConditionedCodec, text: str | None, where: str) -> np.ndarray:
        """The vector of a condition as a user writes it, (features,).

        Raises:
            RnnkitError: If it is missing or none.
        """
        with at(where):
            return codec.condition.parse(text)

    def banned(self, codec: ConditionedCodec) -> list[int]:
        """Tokens that are never generated."""
        return [codec.tokenizer.unknown_id, codec.tokenizer.vocabulary.index(ENDS[0])]

    def training_text(self, data: ConditionedTextData) -> TrainingText:
        """Where copies are looked for."""
        return TrainingText(data.parts["train"].texts.flat)

    def end_token(self, codec: ConditionedCodec) -> int | None:
        """The token that ends a text."""
        return codec.tokenizer.vocabulary.index(ENDS[1])

    def tokenizer_of(self, codec: ConditionedCodec) -> Tokenizer:
        """The codec's tokenizer."""
        return codec.tokenizer

    def begin(
        self,
        codec: ConditionedCodec,
        outputs: Outputs,
        seed: str,
        condition: np.ndarray | None,
        *,
        where: str,
        oov: str,
        warn: Callable[[str], None],
    ) -> tuple[Stepper, np.ndarray]:
        """The model and the ids that it goes on from, (1, tokens), as of `stepper` and
        `encode_seed`.
        """
        return self.stepper(outputs, condition), self.encode_seed(codec, seed, where, oov, warn)

    def encode_seed(
        self, codec: ConditionedCodec, seed: str, where: str, oov: str, warn: Callable[[str], None]
    ) -> np.ndarray:
        """`<start>` and the ids of the text to continue, (1, tokens); the text may be empty.

        Raises:
            RnnkitError: If it holds unknown characters.
        """
        token_ids = codec.tokenizer.encode(seed)
        if oov == "error":
            with at(where):
                codec.tokenizer.encode_known(seed)
        if oov != "error" and (unknown := codec.tokenizer.unknown(seed)):
            warn(
                f"{where}: not in the vocabulary,"
                f" {'left out' if oov == 'skip' else 'read as <unk>'}:"
                f" {', '.join(map(repr, unknown))}"
            )
        if oov == "skip":
            token_ids = token_ids[token_ids != codec.tokenizer.unknown_id]
        return np.concatenate([[codec.tokenizer.vocabulary.index(ENDS[0])], token_ids]).astype(
            np.int32
        )[None]
