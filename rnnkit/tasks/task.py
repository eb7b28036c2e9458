"""What a task is: a checked config, and everything that is particular to one kind of sequence
work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol

import numpy as np
from pydantic import Field
from pydantic_core import PydanticCustomError

from rnnkit.architecture import Architecture, InputSpec, LayerSpec, ShapeMistake
from rnnkit.backend import Objective
from rnnkit.config.spec import Component, Spec, mistake
from rnnkit.data.batch.buckets import Buckets
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.training.batches import Batches
from rnnkit.training.options import Train


class Outputs(Protocol):
    """A model's answers."""

    def __call__(self, inputs: np.ndarray, /) -> np.ndarray:
        """(batch, timesteps) token ids or (batch, timesteps, features) numbers to logits."""

    def start(self, batch: int, condition: np.ndarray | None = None) -> Any:
        """The state of a stream before its first token; made of a (batch, features) condition where
        there is one, or of a source's token ids.
        """

    def go_on(self, inputs: np.ndarray, states: Any) -> tuple[np.ndarray, Any]:
        """Logits at each of (batch, timesteps) token ids, from a state on, and the state after the
        last one.
        """


Mistakes = list[tuple[tuple[str | int, ...], PydanticCustomError]]


class Published(Spec):
    """A figure that others published for this set-up; printed beside the run's own."""

    metric: str = Field(description="the score it is a figure of, such as accuracy")
    value: float
    part: Literal["train", "validation", "test"] = Field(
        "test", description="what it was measured on"
    )
    source: str = Field(description="who published it, and how it was measured")


class RecurrentModel(Spec):
    """The `model:` section: what turns data into features, then any stack of layers; the task adds
    the head.
    """

    embedding: Annotated[InputSpec, Component("input", default="embedding")]
    layers: list[Annotated[LayerSpec, Component("layer")]] = Field(
        description="a list of layers, such as `- lstm: 32`"
    )


class Data(Protocol):
    """A task's data, ready for training."""

    codec: Any
    """What turns raw input into arrays and answers into words, such as a tokenizer."""

    @property
    def train(self) -> Batches: ...

    @property
    def validation(self) -> Batches | None: ...

    @property
    def fingerprint(self) -> str:
        """Changes when the data change; a resumed run must find the same."""

    def describe(self) -> list[str]:
        """Lines for the reader: sizes, vocabulary, what was left out."""

    def save(self, run: RunFolder) -> None:
        """Keeps in the run folder what answering needs, such as the tokenizer."""


class InBuckets(ABC):
    """Encoded texts in parts, each read in batches of texts of similar length."""

    parts: Mapping[str, Any]
    batch_size: int

    @abstractmethod
    def batches(self, part: str, batch_size: int) -> Buckets:
        """A part in batches."""

    @cached_property
    def train(self) -> Buckets:
        return self.batches("train", self.batch_size)

    @cached_property
    def validation(self) -> Buckets | None:
        return self.batches("validation", self.batch_size) if "validation" in self.parts else None


@dataclass(frozen=True)
class Score:
    """One row of an evaluation: who, and its scores by name."""

    who: str
    scores: dict[str, float]
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A further table of an evaluation, such as the scores of each label."""

    title: str
    header: list[str]
    rows: list[list[Any]]


@dataclass(frozen=True)
class Confusion:
    """How often each true label (rows) got each answer (columns)."""

    labels: list[str]
    counts: list[list[int]]


@dataclass(frozen=True)
class Evaluation:
    """Scores on one part of the data, the run's own first, then baselines."""

    part: str
    rows: list[Score]
    notes: list[str]
    tables: list[Table] = field(default_factory=list)
    confusion: Confusion | None = None


@dataclass(frozen=True)
class FileAnswers:
    """What a task says to a file that is no table of texts.

    Args:
        chunks: Records in the file's order, some at a time.
        suffixes: What they can be written as, the first where nothing is said.
    """

    chunks: Generator[list[dict[str, Any]], None, None]
    suffixes: tuple[str, ...]


def shape_mistakes(
    resolve: Callable[[], Architecture], model: tuple[str, ...] = ("model",)
) -> Mistakes:
    """What is wrong with the order of the layers; `model` is the section that lists them."""
    try:
        resolve()
    except ShapeMistake as error:
        index = () if error.index is None else (error.index,)
        return [((*model, "layers", *index), mistake(error.got, error.expected, error.hint))]
    return []


def token_input_mistakes(
    first: InputSpec, place: tuple[str, ...] = ("model", "embedding")
) -> Mistakes:
    """What is wrong with an input that is to read the tokens of a text, whole ones alone."""
    reasons = {
        "none": "text is no numbers",
        "words": "words beside their spelling are for tagging and classification",
    }
    kind = name_of("input", type(first))
    return (
        [(place, mistake(f"found {kind!r}", f"Expected an embedding or one_hot: {reasons[kind]}"))]
        if kind in reasons
        else []
    )


def carried_mistakes(layers: Sequence[LayerSpec], place: tuple[str, ...]) -> Mistakes:
    """What is wrong with layers that write a text of any length token by token, from a state that
    they are given.
    """
    kinds = [name_of("layer", type(layer)) for layer in layers]
    future = mistake(
        "true in a text that is generated",
        "A layer that reads backwards would see what it is to predict",
        "Remove it",
    )
    unrolled = mistake("true over texts of any length", "Expected false", "Remove it")
    loses = mistake(
        "no state to carry",
        "Expected recurrent layers only, among those that read along time",
        "Remove it",
    )
    problems: Mistakes = []
    for index, layer in enumerate(layers):
        if getattr(layer, "bidirectional", False):
            problems.append(((*place, index, kinds[index], "bidirectional"), future))
        if getattr(layer, "unroll", False):
            problems.append(((*place, index, kinds[index], "unroll"), unrolled))
        # of a pool the shapes tell
        if layer.consumes_sequence and not layer.state_shapes((None, 1)) and kinds[index] != "pool":
            problems.append(((*place, index), loses))
    if not any(layer.state_shapes((None, 1)) for layer in layers):
        problems.append(
            (
                place,
                mistake(
                    "no layer with a state",
                    "Expected a recurrent layer, which the condition starts",
                ),
            )
        )
    return problems


class Task(Spec):
    """The base of every task. Its fields are the sections of a config; `task` holds the task's own
    settings.
    """

    published: Published | None = Field(None, exclude_if=lambda value: value is None)
    train: Train = Train()

    metrics: ClassVar[tuple[str, ...]] = ("loss",)
    """What `train.monitor` may name."""

    lists_errors: ClassVar[bool] = False
    """Whether `evaluate` can list the most confident mistakes."""

    reads_series: ClassVar[bool] = False
    """Whether a table is one series, of which `predict --input` tells what comes next; else each
    row is a text of its own.
    """

    @classmethod
    def name(cls) -> str:
        """The task's name in a config."""
        return name_of("task", cls)

    @classmethod
    def kind(cls) -> str:
        """What messages and manifests call a run of it."""
        return cls.name()

    def monitor_mistakes(self) -> Mistakes:
        """What is wrong with `train.monitor`."""
        if self.train.monitor in self.metrics:
            return []
        expected = f"Expected one of: {', '.join(self.metrics)}"
        return [
            (
                ("train", "monitor"),
                mistake(
                    f"found {self.train.monitor!r}",
                    expected,
                    did_you_mean(self.train.monitor, self.metrics),
                ),
            )
        ]

    @abstractmethod
    def load_data(self, *, sample: bool = False, codec: Any = None, file: str | None = None) -> Any:
        """Reads and encodes the data.

        Args:
            sample: A small built-in sample in place of the data set, for `--smoke`.
            codec: That of a trained run; made from the training part where None.
            file: A further file, read as the part "data".
        """

    @abstractmethod
    def load_codec(self, run: RunFolder) -> Any:
        """The codec that a run keeps."""

    @abstractmethod
    def architecture(self, codec: Any) -> Architecture:
        """The resolved list of layers, head included."""

    @abstractmethod
    def objective(self, codec: Any) -> Objective:
        """Sums over a batch, in keras operations."""

    def tokenizers(self) -> dict[str, Spec]:
        """How texts are cut, by the key of the config that says so; a run that takes over another's
        vocabulary must have the same.
        """
        tokenizer = getattr(getattr(self, "data", None), "tokenizer", None)
        return {} if tokenizer is None else {"data.tokenizer": tokenizer}

    def initial_weights(self, data: Any, say: Callable[[str], None]) -> dict[str, np.ndarray]:
        """Weights that a new training does not start at random: "layer/weight" to values."""
        return {}

    def cautions(self, data: Any, parameters: int) -> list[str]:
        """Signs, before the training, that a model of so many parameters may learn its data by
        heart.
        """
        return []

    def calibrate(self, outputs: Outputs, data: Any) -> Any:
        """The codec with whatever is chosen on validation once the weights are, such as
        thresholds."""
        return data.codec

    @abstractmethod
    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        """The scores of an epoch from the sums of its batches."""

    @abstractmethod
    def evaluate(
        self,
        outputs: Outputs,
        data: Any,
        parts: Iterable[str],
        *,
        errors: int = 0,
        say: Callable[[str], None] = lambda line: None,
    ) -> list[Evaluation]:
        """Scores each named part of the data, beside baselines; with a table of so many mistakes
        where the task lists them.

        What takes long calls `say` with lines about its progress.
        """

    @abstractmethod
    def answer(
        self,
        codec: Any,
        outputs: Outputs,
        text: str,
        *,
        top: int,
        where: str,
        warn: Callable[[str], None],
    ) -> list[Any]:
        """What `predict` says to a text: rows (dataclasses), best first.

        Args:
            codec: The run's codec.
            outputs: The model's answers.
            text: What the user asks.
            top: How many rows where there is a choice.
            where: How messages call the text.
            warn: Called with a line about what is not as expected.
        """

    def answer_file(self, codec: Any, outputs: Outputs, path: Path | None) -> FileAnswers | None:
        """What `predict --input` says to a file (None for standard input) that is no table of
        texts; None where a table is expected.

        Raises:
            RnnkitError: If the file is not what the task reads.
        """
        return None

    def answer_columns(self, codec: Any) -> list[str]:
        """The columns that `predict --input` adds to a table.

        Raises:
            RnnkitError: If the task answers single texts only.
        """
        raise RnnkitError(
            "--input",
            f"a {self.kind()} run",
            "Expected a run that answers files",
            "Ask it with --text, or `rnnkit generate`",
        )

    def answer_all(
        self,
        codec: Any,
        outputs: Outputs,
        texts: Sequence[str],
        *,
        say: Callable[[str], None] = lambda line: None,
    ) -> list[dict[str, Any] | None]:
        """The values of those columns for each text; None for a text that has no answer. `say` as
        of `evaluate`.
        """
        raise NotImplementedError

    def table_options(self) -> dict[str, Any]:
        """How the run's own table is read: `text`, the column of the text, and arguments of
        TableReader.
        """
        return {}

    @abstractmethod
    def sample(self, outputs: Outputs, data: Any) -> str:
        """Something that shows how well the model does so far, for the log of a training."""

    @abstractmethod
    def next_command(self, run: RunFolder, data: Any) -> str:
        """What a user would type after the training."""
