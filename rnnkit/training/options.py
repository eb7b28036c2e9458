"""The `train:` section of a config."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from functools import partial
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from rnnkit.config.component import Component
from rnnkit.config.mistakes import mistake, mistakes_at, shown
from rnnkit.config.on_resume import (
    EXACT,
    FROM_HERE,
    SHOWN,
    SHOWN_FROM_HERE,
    WHEN_ASKED,
    at_epoch_end,
    refused,
)
from rnnkit.config.spec import Spec
from rnnkit.config.unused import Unused
from rnnkit.training.optimizers.moments import Adam
from rnnkit.training.optimizers.optimizer import OptimizerSpec
from rnnkit.training.schedules import Constant, OnPlateau, ScheduleSpec
from rnnkit.training.trackers.tracker import TrackerSpec


class EarlyStopping(Spec):
    """Stop when `train.monitor` has not improved by `min_delta` for `patience` epochs, or when the
    accuracy cannot improve.
    """

    short: ClassVar[str | None] = "patience"
    patience: int | None = Field(None, ge=1, description="epochs without improvement")
    min_delta: float = Field(0.0, ge=0, description="smallest change that counts as an improvement")
    at_ceiling: bool = Field(
        False,
        description=(
            "stop at the highest accuracy that the data allow (of validation, if there is one): "
            "no model is right for all of several equal inputs with different targets"
        ),
    )

    @model_validator(mode="after")
    def _stops(self) -> Self:
        if self.patience is None and not self.at_ceiling:
            expected = "Expected epochs without improvement, or at_ceiling: true"
            hint = "Write `train.early_stopping.patience: 3`"
            raise mistakes_at([(("patience",), mistake("missing", expected, hint))])
        return self


class Checkpoints(Spec):
    """How often the whole state of the training is written, and how many are kept."""

    every_steps: int | None = Field(None, ge=1, description="steps between checkpoints")
    every_seconds: float | None = Field(60.0, gt=0, description="seconds between checkpoints")
    keep: int = Field(2, ge=1, description="how many of the newest are kept")


ROWS = at_epoch_end("the rows of its other steps would be others")
AUTO: Final = "auto"
USUAL_ROWS = 32
DECIDED_AT_START = ("batch_size", "num_buckets")
"""The keys whose `auto` becomes a number where a training begins."""
MOST_BUCKETS = 256


def _require_whole(value: object, most: int | None = None) -> object:
    """A whole number, or `auto`: a union's own messages would name each of its types."""
    if value == AUTO:
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise mistake(f"found {shown(value)}", f"Expected a whole number, or {AUTO}")
    if value < 1 or (most is not None and value > most):
        bounds = "at least 1" if most is None else f"1 to {most}"
        raise mistake(f"found {shown(value)}", f"Expected {bounds}, or {AUTO}")
    return value


class Train(Spec):
    """How a model is trained."""

    optimizer: Annotated[
        OptimizerSpec,
        Component("optimizer"),
        refused("its checkpoint holds the state of the optimizer that it was trained with"),
    ] = Adam()
    learning_rate: Annotated[float, FROM_HERE] = Field(
        0.001, gt=0, le=100, description="the size of a step"
    )
    schedule: Annotated[ScheduleSpec, Component("schedule"), FROM_HERE] = Constant()
    warmup_steps: Annotated[int, FROM_HERE] = Field(
        0, ge=0, description="steps over which the learning rate rises from zero"
    )
    clip_norm: Annotated[float | None, FROM_HERE] = Field(
        None, gt=0, description="clip all gradients together to this norm"
    )
    clip_value: Annotated[float | None, FROM_HERE] = Field(
        None, gt=0, description="clip each value of a gradient to this magnitude"
    )
    batch_size: Annotated[
        Annotated[int, Field(ge=1)] | Literal["auto"], BeforeValidator(_require_whole), ROWS
    ] = Field(
        USUAL_ROWS,
        description=(
            "examples per step; at most the size of the data set. auto: the largest power of two"
            " that fits into memory, which the run's config then names"
        ),
    )
    num_buckets: Annotated[
        Annotated[int, Field(ge=1, le=MOST_BUCKETS)] | Literal["auto"],
        BeforeValidator(partial(_require_whole, most=MOST_BUCKETS)),
        ROWS,
    ] = Field(
        AUTO,
        description=(
            "how many widths batches of sequences of unequal length are padded to, at most. auto: 8"
            " (16 of pairs), or 4 where JAX trains on a GPU, which takes seconds to compile each;"
            " the run's config then names the number"
        ),
        exclude_if=lambda value: value == AUTO,
    )
    epochs: Annotated[int, EXACT] = Field(10, ge=1, description="passes over the training data")
    max_steps: Annotated[int | None, EXACT] = Field(
        None, ge=1, description="stop after this many steps"
    )
    random_seed: Annotated[int, ROWS] = Field(
        0, ge=0, lt=2**32, description="the same seed gives the same run on a CPU"
    )
    average: Annotated[float | None, FROM_HERE] = Field(
        None,
        gt=0,
        lt=1,
        description=(
            "the decay of an exponential moving average of the weights, which is scored and kept;"
            " unset for none"
        ),
    )
    kernel: Annotated[Literal["auto", "fused", "keras"], WHEN_ASKED] = Field(
        "auto",
        description=(
            "what computes recurrent layers: compiled kernels for the CPU, keras' own steps, or the"
            " kernels where they apply"
        ),
    )
    precision: Annotated[Literal["float32", "bfloat16"], WHEN_ASKED] = Field(
        "float32",
        description=(
            "what layers compute in; with bfloat16 weights, optimizer and sums stay float32, and so"
            " do recurrent layers that a kernel computes"
        ),
    )
    monitor: Annotated[str, FROM_HERE] = Field(
        "loss",
        description="the score that selects the best weights: of validation where there is one",
    )
    diagnose: Annotated[bool, SHOWN_FROM_HERE] = Field(
        False,
        description="record at each epoch's end how far back the gradient reaches (gradients.csv),"
        " and warn where it vanishes or explodes",
    )
    trackers: Annotated[list[Annotated[TrackerSpec, Component("tracker")]], SHOWN] = Field(
        [],
        description="experiment trackers, which get config, scores and baselines: mlflow, wandb,"
        " trackio, or your own",
        exclude_if=operator.not_,
    )
    early_stopping: Annotated[EarlyStopping | None, EXACT] = None
    checkpoint: Annotated[Checkpoints, SHOWN] = Checkpoints()

    @model_validator(mode="after")
    def _clip_in_one_way(self) -> Self:
        if self.clip_norm is not None and self.clip_value is not None:
            raise mistakes_at(
                [
                    (
                        ("clip_value",),
                        mistake(
                            "clip_value and clip_norm", "Expected one of the two", "Remove one"
                        ),
                    )
                ]
            )
        return self

    def unused(self) -> Iterator[Unused]:
        stopping = self.early_stopping
        waits = isinstance(self.schedule, OnPlateau)
        if stopping and stopping.patience is None and not waits:
            reason = "nothing waits for an improvement"
            yield Unused("early_stopping.min_delta", reason, "patience: 3")

    @property
    def rows(self) -> int:
        """Examples per step; the usual number where `auto` has not yet become one, which it does
        where a training begins (`workflows/batch_size.py`).
        """
        return self.batch_size if isinstance(self.batch_size, int) else USUAL_ROWS

    @property
    def buckets(self) -> int | None:
        """Of how many widths batches are at most; None where `auto` has not yet become a number,
        which it does where a training begins (`workflows/buckets.py`).
        """
        return self.num_buckets if isinstance(self.num_buckets, int) else None

    def decided_as(self, begun: Train) -> Train:
        """The same with the numbers that each `auto` became in a training that was begun."""
        autos = [key for key in DECIDED_AT_START if getattr(self, key) == AUTO]
        return self.model_copy(update={key: getattr(begun, key) for key in autos})

    def rate_of_step(
        self, step: int, steps_per_epoch: int, total_steps: int, reductions: int, taken: int
    ) -> float:
        """The learning rate of a step.

        Args:
            step: Its number, from 0, where every epoch has `steps_per_epoch`.
            steps_per_epoch: Steps of one pass over the training data.
            total_steps: Steps of the whole training, counted so.
            reductions: How often the rate was reduced on a plateau.
            taken: Steps before it, which warm-up counts.
        """
        factor = self.schedule.factor(step, steps_per_epoch, total_steps)
        if isinstance(self.schedule, OnPlateau):
            factor = self.schedule.reduced(reductions)
        if taken < self.warmup_steps:
            factor *= (taken + 1) / self.warmup_steps
        return self.learning_rate * factor
