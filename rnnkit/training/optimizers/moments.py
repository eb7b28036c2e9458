"""Optimizers by running averages of gradients: Adam and its kin."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.training.optimizers.optimizer import OptimizerSpec


class _Moments(OptimizerSpec):
    """Running averages of gradients and of their squares."""

    beta_1: float = Field(
        0.9,
        ge=0,
        lt=1,
        description="fraction of the running average of gradients that a step keeps",
    )
    beta_2: float = Field(
        0.999,
        ge=0,
        lt=1,
        description="fraction of the running average of squared gradients that a step keeps",
    )
    epsilon: float = Field(1e-7, gt=0, description="added to a divisor, so that it is never 0")


class Adam(_Moments):
    """Adam (Kingma and Ba 2014)."""

    amsgrad: bool = Field(
        False,
        description="whether to divide by the largest running average so far (AMSGrad)",
    )
    lazy: bool = Field(
        False,
        description=(
            "update only the rows of an embedding that a batch reads, averages and weight decay "
            "included: much faster with a large vocabulary, but not the same numbers"
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

    weight_decay: float = Field(
        0.004,
        ge=0,
        description="fraction of each weight, times the learning rate, that a step subtracts",
    )


class Adamax(_Moments):
    """Adam by the infinity norm (Kingma and Ba 2014)."""


class Nadam(_Moments):
    """Adam with Nesterov momentum (Dozat 2015)."""


class ScheduleFreeAdamW(_Moments):
    """AdamW by averages instead of a schedule (Defazio et al. 2024); as in keras, the model answers
    with the training's weights.
    """

    beta_1: float = Field(
        0.9,
        gt=0,
        lt=1,
        description="fraction of the running average of gradients that a step keeps",
    )
    epsilon: float = Field(1e-8, gt=0, description="added to a divisor, so that it is never 0")
    warmup_steps: int = Field(
        0, ge=0, description="steps over which the learning rate rises from 0"
    )


class Lamb(_Moments):
    """LAMB (You et al. 2020)."""


class Lion(OptimizerSpec):
    """Lion (Chen et al. 2023)."""

    beta_1: float = Field(
        0.9, gt=0, le=1, description="fraction of the running average of gradients in an update"
    )
    beta_2: float = Field(
        0.99,
        ge=0,
        le=1,
        description="fraction of the running average of gradients that a step keeps",
    )
