"""Language modelling: the next symbol after a window of symbols."""

from __future__ import annotations

import hashlib
import math
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.architecture import Architecture, LayerSpec, resolve
from rnnkit.backend import Objective
from rnnkit.baselines.kneser_ney import KneserNey
from rnnkit.baselines.ngram import Ceiling
from rnnkit.config.spec import Component, Spec, mistake, mistakes_at
from rnnkit.data.batch.rows import Windows
from rnnkit.data.batch.streams import Streams
from rnnkit.data.dataset import TextDataset
from rnnkit.data.encode.long_text import (
    LongText,
    TokenFile,
    encode_pieces,
    encode_to_file,
    pieces_of,
)
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import UNKNOWN, Char, Tokenizer, TokenizerSpec, Word
from rnnkit.data.raw.split import Split
from rnnkit.data.read.download import cache_folder
from rnnkit.data.read.files import find_file, read_text
from rnnkit.errors import RnnkitError, at
from rnnkit.generation.decode import Stepper, StreamStepper, WindowStepper, generate
from rnnkit.generation.options import Generate
from rnnkit.generation.originality import TrainingText, originality, originality_lines
from rnnkit.metrics.next_token import NextTokenScore, score_logits, score_probabilities
from rnnkit.models.activations import softmax
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.tied import Tied
from rnnkit.registry import BASELINES, TASK_FORMS, lookup, name_of
from rnnkit.run import RunFolder
from rnnkit.tasks.embeddings import initial_embeddings
from rnnkit.tasks.task import (
    Evaluation,
    Outputs,
    RecurrentModel,
    Score,
    Task,
    shape_mistakes,
    token_input_mistakes,
)

SAMPLE_TOKENS = 20
SAMPLE_CHARACTERS = 200
COMPARED = 10_000_000  # tokens of a training text in which copies are looked for
SEED_TOKENS = 3  # of a stream's samples
SEARCHED = 10_000  # tokens in which a seed of known words is looked for
SCORED_AT_ONCE = 128
COUNTED_AT_ONCE = 65_536
# tokens of a text in a file that are scored, or counted by baselines and for first vectors
COUNTED = 1_000_000
CONTEXT = 4  # tokens that the n-gram baselines see
PARTS = ("train", "validation", "test")


class LanguageModelSettings(Spec):
    """What is predicted from what: the next symbol from a window, or every symbol of a stream from
    all before it.
    """

    short: ClassVar[str | None] = "window"
    either: ClassVar[tuple[str, ...]] = ("window", "stream")
    elsewhere: ClassVar[tuple[str, ...]] = tuple(TASK_FORMS["language_model"])
    window: int | None = Field(
        None, ge=1, le=100_000, description="how many symbols the model sees"
    )
    stream: bool = Field(
        False,
        description="whether the text is read as streams, the state carried from chunk to chunk",
    )
    bptt: int = Field(
        35,
        ge=1,
        le=100_000,
        description="steps of a chunk, over which the error of a stream goes back",
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.window is None) != self.stream:
            if self.stream:
                raise mistakes_at(
                    [
                        (
                            ("window",),
                            mistake(
                                "both a window and a stream",
                                "Expected one of the two",
                                "Remove one",
                            ),
                        )
                    ]
                )
            expected = "Expected `window: 3`, `stream: true`, or `condition: label`."
            raise mistakes_at(
                [
                    (
                        ("window",),
                        mistake(
                            "neither a window nor a stream nor a condition",
                            expected,
                            "Write one of them",
                        ),
                    )
                ]
            )
        return self


class LanguageModelModel(RecurrentModel):
    """The `model:` section."""

    tie_weights: bool = Field(
        False, description="whether the output layer shares the embedding's table, without a bias"
    )


class LanguageModelData(Spec):
    """The `data:` section."""

    dataset: Annotated[TextDataset, Component("dataset")]
    tokenizer: Annotated[TokenizerSpec, Component("tokenizer")] = Word()
    split: Split = Split()


@dataclass
class TextData:
    """An encoded corpus.

    Args:
        codec: Text to ids and back.
        parts: The token ids of each part: an array, or a TokenFile.
        settings: Window or stream.
        batch_size: Rows of a batch, or streams.
    """

    codec: Tokenizer
    parts: dict[str, Any]
    settings: LanguageModelSettings
    batch_size: int

    def windows(self, part: str) -> Windows:
        """Every window of a part; none crosses from one part to the next."""
        assert self.settings.window is not None
        return Windows(self.parts[part], self.settings.window, self.batch_size)

    def batches(self, part: str) -> Windows | Streams:
        """A part as training reads it."""
        if not self.settings.stream:
            return self.windows(part)
        ids = self.parts[part]
        return Streams(ids, min(self.batch_size, len(ids) - 1), self.settings.bptt)

    @cached_property
    def training_text(self) -> TrainingText:
        """Where copies are looked for."""
        return TrainingText(np.asarray(self.parts["train"][:COMPARED]))

    @property
    def train(self) -> Windows | Streams:
        return self.batches("train")

    @property
    def validation(self) -> Windows | Streams | None:
        return self.batches("validation") if "validation" in self.parts else None

    @property
    def fingerprint(self) -> str:
        checksum = hashlib.sha256()
        for _, ids in sorted(self.parts.items()):
            checksum.update(
                ids.fingerprint.encode() if isinstance(ids, TokenFile) else ids.tobytes()
            )
        return checksum.hexdigest()

    def describe(self) -> list[str]:
        sizes = ", ".join(
            f"{name} {len(ids):,} tokens in {self._cut_into(name)}"
            for name, ids in self.parts.items()
        )
        unknown = {
            name: (
                ids.unknown
                if isinstance(ids, TokenFile)
                else int((ids == self.codec.unknown_id).sum())
            )
            for name, ids in self.parts.items()
        }
        lines = [f"{sizes}; vocabulary of {len(self.codec) - 1:,} and <unk>"]
        lines += [
            f"{name}: {count:,} of {len(self.parts[name]):,} tokens are <unk>"
            for name, count in unknown.items()
            if count
        ]
        return lines

    def _cut_into(self, part: str) -> str:
        batches = self.batches(part)
        if isinstance(batches, Streams):
            return f"{batches.batch_size} streams, {batches.steps:,} steps of {batches.bptt}"
        return f"{len(batches):,} windows of {self.settings.window}"

    def save(self, run: RunFolder) -> None:
        self.codec.save(run.tokenizer)


@dataclass(frozen=True)
class Guess:
    """One possible next symbol."""

    token: str
    probability: float


class LanguageModel(Task):
    """The next symbol of a text: from a window of symbols (many to one), or at every step of a
    stream (many to many).
    """

    task: LanguageModelSettings
    data: LanguageModelData
    model: LanguageModelModel
    generate: Generate = Generate()

    metrics: ClassVar[tuple[str, ...]] = ("loss", "accuracy", "perplexity")

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = shape_mistakes(lambda: self._resolve(vocabulary=None)) + self.monitor_mistakes()
        problems += token_input_mistakes(self.model.embedding)
        if self.data.split.validation + self.data.split.test >= 1:
            problems.append(
                (
                    ("data", "split"),
                    mistake(
                        "validation and test take everything",
                        "Expected shares that leave text to train on",
                    ),
                )
            )
        if self.task.stream:
            kinds = [name_of("layer", type(layer)) for layer in self.model.layers]
            future = mistake(
                "true in a stream",
                "A layer that reads backwards would see the very symbols that it is to predict",
                "Remove it",
            )
            backwards = [
                index
                for index, layer in enumerate(self.model.layers)
                if getattr(layer, "bidirectional", False)
            ]
            problems += [
                (("model", "layers", index, kinds[index], "bidirectional"), future)
                for index in backwards
            ]
            unrolled = [
                index
                for index, layer in enumerate(self.model.layers)
                if getattr(layer, "unroll", False)
            ]
            problems += [
                (
                    ("model", "layers", index, kinds[index], "unroll"),
                    mistake("true in a stream", "Expected false"),
                )
                for index in unrolled
            ]
            forgetful = [
                index
                for index, layer in enumerate(self.model.layers)
                if layer.consumes_sequence and not layer.state_shapes((None, 1))
            ]
            loses = mistake(
                "no state to carry",
                "Expected recurrent layers only, among those that read along time",
                "Remove it, or use a window",
            )
            problems += [
                (("model", "layers", index), loses) for index in forgetful if kinds[index] != "pool"
            ]
        if self.model.tie_weights and not isinstance(self.model.embedding, Embedding):
            problems.append(
                (
                    ("model", "tie_weights"),
                    mistake(
                        "true without an embedding",
                        "Expected a table to share",
                        "Write `embedding: 128`",
                    ),
                )
            )
        if problems:
            raise mistakes_at(problems)
        return self

    def load_data(
        self, *, sample: bool = False, codec: Tokenizer | None = None, file: str | None = None
    ) -> TextData:
        spec, dataset = self.data.tokenizer, self.data.dataset
        texts: dict[str, Any] = (dataset.sample() if sample else dataset.load()).split(
            self.data.split, spec.cuts_at_space
        )
        if file is not None:
            with at("--data"):
                texts["data"] = read_text(find_file(file))
        codec = codec or self._tokenizer_of(texts["train"])
        parts = {part: self._encode(text, codec) for part, text in texts.items()}
        for part, token_ids in parts.items():
            self._require_enough(
                part,
                len(token_ids),
                file if part == "data" and file else name_of("dataset", type(dataset)),
            )
        return TextData(codec, parts, self.task, self.train.batch_size)

    def _tokenizer_of(self, text: str | LongText) -> Tokenizer:
        spec = self.data.tokenizer
        return spec.train_on(
            pieces_of(text) if isinstance(text, str) else text.pieces(), len(text), [UNKNOWN]
        )

    def _encode(self, text: str | LongText, codec: Tokenizer) -> Any:
        if isinstance(text, str):
            return np.concatenate(list(encode_pieces(pieces_of(text), codec)))
        in_file = encode_to_file(text, codec, cache_folder() / "tokens")
        return in_file if self.task.stream else in_file[:]

    def load_codec(self, run: RunFolder) -> Tokenizer:
        return self.data.tokenizer.load(run.tokenizer)

    def _require_enough(self, part: str, tokens: int, source: str) -> None:
        window = self.task.window
        if self.task.stream:
            needed = self.train.batch_size * 2 if part == "train" else 2
            if tokens < needed:
                got = f"the {part} part of {source} has {tokens:,} tokens"
                if part == "train":
                    hint = (
                        f"A longer text, or a train.batch_size of at most {tokens // 2}"
                        if tokens >= 2
                        else "A longer text"
                    )
                    raise RnnkitError(
                        "train.batch_size",
                        f"{self.train.batch_size} streams, but {got}",
                        f"Expected at least {needed}",
                        hint,
                    )
                where, hint = (
                    ("--data", "A longer text")
                    if part == "data"
                    else ("data.split", f"A larger data.split.{part}, or 0 for none")
                )
                raise RnnkitError(where, got, "Expected at least 2", hint)
        elif window is not None and tokens <= window:
            where = "task.language_model.window"
            hint = (
                f"Expected at most {tokens - 1} for this text"
                if tokens > 1
                else "Expected a longer text"
            )
            if part in ("validation", "test"):
                hint += f", or a larger data.split.{part} (0 for none)"
            raise RnnkitError(
                where,
                f"a window of {window}, but the {part} part of {source} has {tokens} tokens, and"
                " the next symbol needs one more than the window",
                hint,
            )

    def architecture(self, codec: Tokenizer) -> Architecture:
        return self._resolve(len(codec))

    def _resolve(self, vocabulary: int | None) -> Architecture:
        return resolve(
            "language_model",
            self.model.embedding,
            self.model.layers,
            {"logits": self._head(vocabulary or 1)},
            timesteps=self.task.window,
            features=vocabulary,
            sequence_output=self.task.stream,
            carries_state=self.task.stream,
        )

    def _head(self, vocabulary: int) -> LayerSpec:
        first = self.model.embedding
        if self.model.tie_weights and isinstance(first, Embedding):
            return Tied(dim=first.dim, vocabulary=vocabulary)
        return Dense(units=vocabulary)

    def initial_weights(self, data: TextData, say: Callable[[str], None]) -> dict[str, np.ndarray]:
        train = data.parts["train"]
        texts = Sequences.of([train[:COUNTED] if isinstance(train, TokenFile) else train])
        return initial_embeddings(
            self.model.embedding, data.codec.vocabulary, texts, self.train.random_seed, say
        )

    def objective(self, codec: Tokenizer) -> Objective:
        return next_token_objective()

    def cautions(self, data: TextData, parameters: int) -> list[str]:
        rows = len(data.train)
        if rows >= parameters:
            return []
        return [
            f"fewer rows than columns: {rows:,} tokens to predict, {parameters:,} parameters; it"
            " can learn the text by heart, so watch validation"
        ]

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        score = NextTokenScore(round(sums["weight"]), round(sums["correct"]), sums["loss"])
        return {"loss": score.loss, "accuracy": score.accuracy, "perplexity": score.perplexity}

    def evaluate(
        self,
        outputs: Outputs,
        data: TextData,
        parts: Iterable[str],
        *,
        errors: int = 0,
        say: Callable[[str], None] = lambda line: None,
    ) -> list[Evaluation]:
        train = data.parts["train"]
        counted = train[:COUNTED] if isinstance(train, TokenFile) else train
        baselines = {
            name: lookup("baseline", name)(counted, len(data.codec))
            for name in sorted(BASELINES, reverse=True)
        }
        if self.task.stream:
            neighbours = KneserNey(counted, len(data.codec))
            return [
                self._evaluate_stream(
                    outputs,
                    data,
                    part,
                    {**baselines, f"Kneser-Ney {neighbours.order}-gram": neighbours},
                )
                for part in parts
            ]
        return [self._evaluate_part(outputs, data.windows(part), part, baselines) for part in parts]

    def _evaluate_stream(
        self, outputs: Outputs, data: TextData, part: str, baselines: dict[str, Any]
    ) -> Evaluation:
        """Scores every token but the first, from all that stand before it."""
        ids = (
            data.parts[part][:COUNTED]
            if isinstance(data.parts[part], TokenFile)
            else data.parts[part]
        )
        score, state = NextTokenScore(), outputs.start(1)
        for start in range(0, len(ids) - 1, SCORED_AT_ONCE):
            chunk = np.asarray(ids[start : start + SCORED_AT_ONCE + 1], np.int32)
            logits, state = outputs.go_on(chunk[None, :-1], state)
            score += score_logits(logits[0], chunk[1:])
        scores = {"this run": score}
        contexts = np.lib.stride_tricks.sliding_window_view(
            np.concatenate([np.full(CONTEXT - 1, -1), ids[:-1]]), CONTEXT
        )
        for name, model in baselines.items():
            scores[name] = NextTokenScore()
            for start in range(0, len(contexts), COUNTED_AT_ONCE):
                before, targets = (
                    contexts[start : start + COUNTED_AT_ONCE],
                    ids[1 + start : 1 + start + COUNTED_AT_ONCE],
                )
                probabilities, guesses = model.predict(before, targets)
                scores[name] += score_probabilities(probabilities, guesses, targets)
        characters = count_characters(data.codec, ids[1:]) if self.data.tokenizer.is_lossless else 0
        rows = token_score_rows(scores, characters)
        if self.published and self.published.part == part:
            rows.append(
                Score(
                    "published",
                    {self.published.metric: self.published.value},
                    self.published.source,
                )
            )
        notes = ["the model has seen this very text"] if part == "train" else []
        if isinstance(data.parts["train"], TokenFile):
            notes.append(f"the n-grams are those of the first {COUNTED:,} tokens")
        if len(ids) < len(data.parts[part]):
            notes.append(f"the first {len(ids):,} of {len(data.parts[part]):,} tokens")
        return Evaluation(part, rows, notes)

    def _evaluate_part(
        self, outputs: Outputs, windows: Windows, part: str, baselines: dict[str, Any]
    ) -> Evaluation:
        score = NextTokenScore()
        for batch in windows.in_order():
            rows = int(batch.weights.sum())
            score += score_logits(outputs(batch.inputs)[:rows], batch.targets[:rows])
        rows_of = [Score("this run", score.as_dict())]
        highest = Ceiling(windows.inputs, windows.targets)
        for name, model in {
            f"ceiling (window of {self.task.window})": highest,
            **baselines,
        }.items():
            probabilities, guesses = model.predict(windows.inputs, windows.targets)
            rows_of.append(
                Score(name, score_probabilities(probabilities, guesses, windows.targets).as_dict())
            )
        if self.published and self.published.part == part:
            rows_of.append(
                Score(
                    "published",
                    {self.published.metric: self.published.value},
                    self.published.source,
                )
            )
        notes = ["training accuracy: the model has seen this very text"] if part == "train" else []
        return Evaluation(part, rows_of, notes)

    def answer(
        self,
        codec: Tokenizer,
        outputs: Outputs,
        text: str,
        *,
        top: int,
        where: str,
        warn: Callable[[str], None],
    ) -> list[Guess]:
        logits, _ = self.stepper(outputs).start(self.encode_seed(codec, text, where, "error", warn))
        probabilities = softmax(logits)[0]
        best = (-probabilities).argsort(kind="stable")[:top]
        return [
            Guess(token, float(probabilities[token_id]))
            for token, token_id in zip(codec.tokens(best), best, strict=True)
        ]

    def sample(self, outputs: Outputs, data: TextData) -> str:
        seed = np.asarray(data.parts["train"][: self.task.window or SEED_TOKENS])[None]
        drawn = Generate(max_new_tokens=SAMPLE_CHARACTERS, temperature=0.8, random_seed=0)
        options = (
            drawn
            if isinstance(self.data.tokenizer, Char)
            else Generate(max_new_tokens=SAMPLE_TOKENS)
        )
        new = [
            int(tokens[0])
            for tokens in generate(
                self.stepper(outputs), seed, options, banned=[data.codec.unknown_id]
            )
        ]
        found = originality(new, data.training_text)
        span = data.codec.text(new[found.copied_from : found.copied_from + found.copied])
        return "\n".join(
            [data.codec.text([*seed[0].tolist(), *new]), "", *originality_lines(found, span)]
        )

    def next_command(self, run: RunFolder, data: TextData) -> str:
        size, ids = self.task.window or SEED_TOKENS, data.parts["train"]
        windows = np.lib.stride_tricks.sliding_window_view(
            ids[: max(size, SEARCHED)], min(size, len(ids))
        )
        # a seed must hold known words only
        known = next(
            (window for window in windows if data.codec.unknown_id not in window), windows[0]
        )
        seed = data.codec.text(known.tolist())
        return f"rnnkit generate {shlex.quote(str(run))} --seed {shlex.quote(seed)}"

    def logits_of(self, outputs: Outputs, token_ids: np.ndarray) -> np.ndarray:
        """The logits of each of (tokens,) ids that has enough before it, (tokens - window,
        vocabulary); of all but the first in a stream.
        """
        if self.task.window is None:
            return outputs.go_on(token_ids[None, :-1], outputs.start(1))[0][0]
        if len(token_ids) <= self.task.window:
            return np.empty((0, 0), np.float32)
        return outputs(
            np.ascontiguousarray(
                np.lib.stride_tricks.sliding_window_view(token_ids[:-1], self.task.window)
            )
        )

    def condition(self, codec: Tokenizer, label: str | None, where: str) -> None:
        """Nothing: this model is not conditioned.

        Raises:
            RnnkitError: If a condition is given.
        """
        if label is not None:
            raise RnnkitError(
                where,
                "a model that is not conditioned",
                "Expected a conditioned_language_model run",
                "Leave it out",
            )

    def banned(self, codec: Tokenizer) -> list[int]:
        """Tokens that are never generated."""
        return [codec.unknown_id]

    def training_text(self, data: TextData) -> TrainingText:
        """Where copies are looked for."""
        return data.training_text

    def end_token(self, codec: Tokenizer) -> int | None:
        """The token that ends a text: none."""
        return None

    def tokenizer_of(self, codec: Tokenizer) -> Tokenizer:
        """The codec is a tokenizer."""
        return codec

    def stepper(self, outputs: Outputs, condition: np.ndarray | None = None) -> Stepper:
        """What generation asks for the next token."""
        return (
            WindowStepper(outputs, self.task.window) if self.task.window else StreamStepper(outputs)
        )

    def begin(
        self,
        codec: Tokenizer,
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
        self, codec: Tokenizer, seed: str, where: str, oov: str, warn: Callable[[str], None]
    ) -> np.ndarray:
        """The ids of the text to continue, (1, tokens).

        Args:
            codec: The run's tokenizer.
            seed: The text.
            where: How messages call it.
            oov: What becomes of words that the vocabulary lacks: "error", "skip" or "unk".
            warn: Called with a line that names them where they are no error.

        Raises:
            RnnkitError: If it is empty, too short for the window, or holds unknown words.
        """
        window, unit = self.task.window or 1, self.data.tokenizer.unit
        token_ids = codec.encode(seed)
        if oov == "error":
            with at(where):
                codec.encode_known(seed)
        if oov != "error" and (unknown := codec.unknown(seed)):
            warn(
                f"{where}: not in the vocabulary,"
                f" {'left out' if oov == 'skip' else 'read as <unk>'}:"
                f" {', '.join(map(repr, unknown))}"
            )
        if oov == "skip":
            token_ids = token_ids[token_ids != codec.unknown_id]
        if not len(token_ids):
            raise RnnkitError(
                where, "an empty seed", f"Expected at least {window} {unit} of the training text"
            )
        if len(token_ids) < window:
            got = f"{len(token_ids)} {unit if len(token_ids) > 1 else unit.rstrip('s')} in {seed!r}"
            raise RnnkitError(
                where,
                got,
                f"Expected at least {window}: the model sees a window of {window}",
                f"Add {window - len(token_ids)} more",
            )
        return token_ids[None, :]


def count_characters(tokenizer: Tokenizer, token_ids: np.ndarray) -> int:
    """Characters of the text that a tokenizer which loses none made (tokens,) ids of; an unknown
    token is one.
    """
    known = token_ids[token_ids != tokenizer.unknown_id]
    return len(tokenizer.text(known.tolist())) + len(token_ids) - len(known)


def token_score_rows(
    scores: dict[str, NextTokenScore], characters: int, note: str = ""
) -> list[Score]:
    """The scores of the run and of its baselines as rows.

    Args:
        scores: By name, the run's own first.
        characters: How many the tokens spell, for bits per character; 0 where they do not spell the
            text.
        note: What is to be said of each baseline.
    """
    rows: list[Score] = []
    for who, found in scores.items():
        numbers = found.as_dict()
        if characters:
            numbers["bits_per_character"] = found.nats / math.log(2) / characters
        # it gives probabilities, but its likeliest token is not searched for
        if who.startswith("Kneser-Ney"):
            numbers = {
                name: number
                for name, number in numbers.items()
                if name not in ("accuracy", "correct", "tokens")
            }
        rows.append(Score(who, numbers, note if rows else ""))
    return rows


def next_token_objective() -> Objective:
    """Cross-entropy of the next token, at one step or at every one: weights (batch,) or (batch,
    timesteps).
    """
    from keras import ops

    def sums(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
        nats = ops.sparse_categorical_crossentropy(targets, outputs, from_logits=True)  # (batch,)
        hits = ops.cast(
            ops.equal(ops.cast(ops.argmax(outputs, axis=-1), "int32"), targets), weights.dtype
        )
        return {
            "loss": ops.sum(nats * weights),
            "correct": ops.sum(hits * weights),
            "weight": ops.sum(weights),
        }

    return sums
