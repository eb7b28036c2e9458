"""The contract of a task: a checked config, and the parts of one kind of sequence modelling."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import not_
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic

from pydantic import Field
from typing_extensions import TypeVar

from rnnkit.architecture import InputSpec, LayerSpec
from rnnkit.audit.audit import Audit
from rnnkit.computations import Computation
from rnnkit.config import load_config
from rnnkit.config.component import Component
from rnnkit.config.on_resume import SHOWN, OnResume, refused
from rnnkit.config.overrides import Override
from rnnkit.config.spec import Spec
from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec
from rnnkit.errors import RnnkitError
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.tasks.basis import Scored
from rnnkit.tasks.evaluation import Evaluator, Outside
from rnnkit.tasks.network import Network, Outputs
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.prepared import C, P, Prepared, Source
from rnnkit.tasks.published import Published
from rnnkit.tasks.sweep import Sweep
from rnnkit.tasks.unused import LayeredSpec
from rnnkit.training.options import Train

R = TypeVar("R", bound=Predictor[Any, Any, Any], default=Predictor)

ENCODED = refused("the vocabulary and scales of its run are fitted to these data, read so")
OF_MODEL = refused("its checkpoint is of a model of this task")
LAYERS = refused("its checkpoint holds the weights of these layers")


class RecurrentModel(Spec):
    """The `model:` section: the input layer, then further layers; the task adds the head."""

    on_resume: ClassVar[OnResume | None] = LAYERS
    repeating: ClassVar[tuple[str, ...]] = ("layers",)

    embedding: Annotated[InputSpec, Component("input", default="embedding")] = Field(
        description="the size of an embedding, such as 64, or none where the data are numbers"
    )
    layers: list[Annotated[LayerSpec, Component("layer")]] = Field(
        description="a list of layers, such as `- lstm: 32`"
    )


class Task(Scored, LayeredSpec, Generic[C, P, R]):
    """The base of every task. Its fields are the sections of a config; `task` holds the task's own
    settings. C is the type of its codec, P that of a part of its data, R that of its predictor.
    """

    published: Annotated[Published | None, SHOWN] = Field(None, exclude_if=not_)
    sweep: Annotated[Sweep | None, SHOWN] = Field(None, exclude_if=not_)
    train: Train = Train()

    monitored: ClassVar[tuple[str, ...]] = ("loss",)
    """The metrics that `train.monitor` may name."""

    lists_errors: ClassVar[bool] = False
    """Whether `evaluate` can list the most confident mistakes."""

    @classmethod
    def name(cls) -> str:
        """The task's name in a config."""
        return name_of("task", cls)

    @classmethod
    def kind(cls) -> str:
        """The task's name in messages and manifests, which may tell its forms apart."""
        return cls.name()

    @property
    def dataset(self) -> Dataset | None:
        """The data set that the config names; None if the task has none."""
        dataset = getattr(getattr(self, "data", None), "dataset", None)
        return dataset if isinstance(dataset, Dataset) else None

    @property
    def outside(self) -> Outside:
        """Scores from outside the run, for comparison: published, or known of the data set."""
        return Outside(self.published, self.dataset.known_scores() if self.dataset else ())

    @abstractmethod
    def prepare(self, source: Source, codec: C | None = None) -> Prepared[C, P]:
        """Reads, splits and encodes the data.

        Args:
            source: Which data: the data set or its small sample, with or without a further file.
            codec: The codec of a trained run, or of a run to start from (`Source.refit`); None to
                fit one on the training set.

        Raises:
            RnnkitError: If the data cannot be read or do not fit the config.
        """

    @abstractmethod
    def load_codec(self, run: RunFolder) -> C:
        """The codec in a run folder."""

    @abstractmethod
    def network(self, codec: C) -> Network[C, P]:
        """The network to train: layers, loss, the metrics of an epoch, initial weights."""

    @abstractmethod
    def predictor_class(self) -> type[R]:
        """The class of `predictor`, which tells a run's capabilities before weights are read."""

    @abstractmethod
    def predictor(self, codec: C, outputs: Outputs) -> R:
        """The predictor: the one path for answers, to texts, files and Python alike."""

    @abstractmethod
    def evaluator(self, predictor: R, data: Prepared[C, P]) -> Evaluator:
        """The evaluator, which compares the predictor's scores with baselines."""

    @abstractmethod
    def sample(self, predictor: R, data: Prepared[C, P]) -> str:
        """A sample of what the model has learned so far, for the folder of samples."""

    @abstractmethod
    def next_command(self, run: RunFolder, data: Prepared[C, P]) -> str:
        """The command to suggest after the training."""

    def tokenizers(self) -> dict[str, TokenizerSpec]:
        """The tokenizers of the config, by key; a run whose vocabulary is reused must have the
        same.
        """
        return {}

    def new_layers(self, start: C, codec: C) -> dict[str, str]:
        """The layers that cannot start from the weights of another run, because their inputs or
        outputs mean something else, each with the reason in words.

        Args:
            start: The codec of the run to start from.
            codec: The codec of these data.
        """
        return {}

    @property
    def judged_by(self) -> tuple[str, ...]:
        """The scores by which a run is judged, most important first; a published figure's metric
        takes precedence.
        """
        return ("accuracy", *self.monitored)

    @property
    def has_ceiling(self) -> bool:
        """Whether `ceiling` is known for this task."""
        return False

    def ceiling(self, part: P) -> float | None:
        """The highest accuracy on a part that any model can reach: where equal inputs have
        different targets, only the most frequent target can be right.
        """
        return None

    def baselines(self, data: Prepared[C, P]) -> list[Computation]:
        """Long computations of the evaluator that depend on the data alone, so that they can run
        during the training.
        """
        return []

    def cautions(self, data: Prepared[C, P], parameters: int) -> list[str]:
        """Warnings, before training, that a model of this size may overfit its data."""
        return []

    def audit(self, data: Prepared[C, P], parameters: int) -> Audit:
        """Findings about the data that are worth knowing before a training.

        Args:
            data: The prepared data.
            parameters: The model's number of parameters, embeddings aside.
        """
        return Audit()

    def calibrate(self, predictor: R, data: Prepared[C, P]) -> C:
        """The codec with values tuned on validation after training, such as thresholds."""
        return data.codec

    def uncalibrated(self, codec: C) -> C:
        """The codec without tuned values, for weights of a training that a signal stopped."""
        return codec


def load_task(
    config: Path | Mapping[str, Any],
    overrides: Iterable[Override] = (),
    *,
    environment: bool = True,
) -> Task:
    """The checked config in a file or a mapping: an instance of its task's class.

    Args:
        config: A YAML file, or the same as a mapping.
        overrides: Assignments such as "train.epochs=3", or {"train.epochs": 3}.
        environment: Whether RNNKIT_CONFIG_OVERRIDES applies.

    Raises:
        RnnkitError: With every mistake, each with its file and line.
    """
    task = load_config(config, overrides, environment=environment)
    if not isinstance(task, Task):
        where = str(config) if isinstance(config, Path) else "config"
        got = f"{type(task).__module__}:{type(task).__qualname__} does not describe a task"
        raise RnnkitError(where, got, "Expected a subclass of rnnkit.tasks.task.Task")
    if task.dataset is not None and isinstance(config, Path):
        task.dataset.found_in(config.parent)
    return task


def task_of(run: RunFolder, overrides: Iterable[str] = ()) -> Task:
    """A run's task, without the environment's overrides.

    Raises:
        RnnkitError: If its config is damaged.
    """
    task = _task_of(run.config, run.config.stat().st_mtime_ns, tuple(overrides))
    if _has_user_code(task):  # the user may redefine a class before the next call
        _task_of.cache_clear()
    return task


@lru_cache(maxsize=1)
def _task_of(config: Path, written: int, overrides: tuple[str, ...]) -> Task:
    """The task of a config file, cached: a single answer asks for it several times."""
    return load_task(config, overrides, environment=False)


def _has_user_code(value: object) -> bool:
    """Whether a component, or one inside it, is a class of the user's."""
    if isinstance(value, Spec):
        is_users = not type(value).__module__.startswith("rnnkit.")
        return is_users or any(_has_user_code(field) for _, field in value)
    return isinstance(value, list | tuple) and any(map(_has_user_code, value))
