"""Keras' optimizers and their arguments.

Each spec carries the name of its keras class; a contract test compares fields and defaults with
keras itself. The learning rate and clipping are settings of `train`, because every optimizer has
them.
"""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.config.spec import Spec


class OptimizerSpec(Spec):
    """The base of every optimizer."""

    weight_decay: float | None = Field(None, ge=0)
    gradient_accumulation_steps: int | None = Field(
        None,
        ge=2,
        description="steps whose gradients are averaged for one update (gradient accumulation)",
    )

    @property
    def is_lazy(self) -> bool:
        """Whether rows of an embedding that a batch does not read stay as they are."""
        return False

    def build(
        self,
        learning_rate: float,
        clip_norm: float | None,
        clip_value: float | None,
        average: float | None = None,
    ) -> Any:
        """The keras optimizer.

        Args:
            learning_rate: The first step's.
            clip_norm: The largest norm of all gradients together.
            clip_value: The largest magnitude of a single gradient.
            average: The momentum of a running average of the weights (Polyak and Juditsky 1992);
                None for no average.
        """
        import keras

        optimizer = getattr(keras.optimizers, type(self).__name__)
        averages = (
            {}
            if average is None
            else {"use_ema": True, "ema_momentum": average, "ema_overwrite_frequency": None}
        )
        return optimizer(
            learning_rate=learning_rate,
            global_clipnorm=clip_norm,
            clipvalue=clip_value,
            **averages,
            **self.model_dump(exclude={"lazy"}),  # a setting of the step, which keras lacks
        )


class SGD(OptimizerSpec):
    """Stochastic gradient descent, with or without momentum."""

    momentum: float = Field(0.0, ge=0, le=1)
    nesterov: bool = False


class RMSprop(OptimizerSpec):
    """Gradients divided by a running average of their size (Hinton 2012)."""

    rho: float = Field(0.9, ge=0, le=1)
    momentum: float = Field(0.0, ge=0, le=1)
    epsilon: float = Field(1e-7, gt=0)
    centered: bool = False


class _Moments(OptimizerSpec):
    """Running averages of gradients and of their squares."""

    beta_1: float = Field(0.9, ge=0, lt=1)
    beta_2: float = Field(0.999, ge=0, lt=1)
    epsilon: float = Field(1e-7, gt=0)


class Adam(_Moments):
    """Adam (Kingma and Ba 2014)."""

    amsgrad: bool = False
    lazy: bool = Field(
        False,
        description=(
            "leave those rows of an embedding as they are that a batch does not read, averages and"
            " weight decay too: much faster where the vocabulary is large, but not the same numbers"
        ),
    )

    @property
    def is_lazy(self) -> bool:
        return self.lazy

    @model_validator(mode="after")
    def _reads_rows_of_one_step(self) -> Self:
        if self.lazy and self.gradient_accumulation_steps:
            got = "lazy and gradient_accumulation_steps"
            expected = "Expected one of the two: an average over steps has every row"
            raise mistakes_at([(("lazy",), mistake(got, expected, "Remove one"))])
        return self


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    weight_decay: float = Field(0.004, ge=0)


class Adamax(_Moments):
    """Adam by the infinity norm (Kingma and Ba 2014)."""


class Nadam(_Moments):
    """Adam with Nesterov momentum (Dozat 2015)."""


class ScheduleFreeAdamW(_Moments):
    """AdamW by averages instead of a schedule (Defazio et al. 2024); as in keras, the model answers
    with the training's weights.
    """

    beta_1: float = Field(0.9, gt=0, lt=1)
    epsilon: float = Field(1e-8, gt=0)
    warmup_steps: int = Field(0, ge=0)


class Lamb(_Moments):
    """LAMB (You et al. 2020)."""


class Adagrad(OptimizerSpec):
    """Adagrad (Duchi et al. 2011)."""

    initial_accumulator_value: float = Field(0.1, ge=0)
    epsilon: float = Field(1e-7, gt=0)


class Adadelta(OptimizerSpec):
    """Adadelta (Zeiler 2012)."""

    rho: float = Field(0.95, ge=0, le=1)
    epsilon: float = Field(1e-7, gt=0)


class Adafactor(OptimizerSpec):
    """Adafactor (Shazeer and Stern 2018)."""

    beta_2_decay: float = Field(-0.8, le=0)
    epsilon_1: float = Field(1e-30, gt=0)
    epsilon_2: float = Field(1e-3, gt=0)
    clip_threshold: float = Field(1.0, gt=0)
    relative_step: bool = True


class Ftrl(OptimizerSpec):
    """FTRL-Proximal (McMahan et al. 2013)."""

    learning_rate_power: float = Field(-0.5, le=0)
    initial_accumulator_value: float = Field(0.1, ge=0)
    l1_regularization_strength: float = Field(0.0, ge=0)
    l2_regularization_strength: float = Field(0.0, ge=0)
    l2_shrinkage_regularization_strength: float = Field(0.0, ge=0)
    beta: float = Field(0.0, ge=0)


class Lion(OptimizerSpec):
    """Lion (Chen et al. 2023)."""

    beta_1: float = Field(0.9, gt=0, le=1)
    beta_2: float = Field(0.99, ge=0, le=1)


class Muon(OptimizerSpec):
    """Orthogonalised momentum for matrices, AdamW for the rest (Jordan et al. 2024)."""

    weight_decay: float | None = Field(0.004, ge=0)
    adam_beta_1: float = Field(0.9, ge=0, lt=1)
    adam_beta_2: float = Field(0.999, ge=0, lt=1)
    adam_weight_decay: float | None = Field(0.004, ge=0)
    epsilon: float = Field(1e-7, gt=0)
    exclude_layers: list[str] | None = None
    exclude_embeddings: bool = True
    muon_a: float = 3.4445
    muon_b: float = -4.775
    muon_c: float = 2.0315
    adam_lr_ratio: float = Field(1.0, gt=0)
    momentum: float = Field(0.95, ge=0, le=1)
    ns_steps: int = Field(5, ge=1)
    nesterov: bool = True
    rms_rate: float | None = Field(0.2, gt=0)
