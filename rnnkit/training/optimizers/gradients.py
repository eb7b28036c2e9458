"""Optimizers by gradients, and by sums of their squares."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from rnnkit.config.unused import Unused
from rnnkit.training.optimizers.optimizer import OptimizerSpec


class SGD(OptimizerSpec):
    """Stochastic gradient descent, with or without momentum."""

    momentum: float = Field(
        0.0, ge=0, le=1, description="fraction of the last update that is added to the next one"
    )
    nesterov: bool = Field(False, description="whether to use Nesterov's momentum")

    def unused(self) -> Iterator[Unused]:
        if self.momentum == 0:
            yield Unused("nesterov", "momentum is 0", "momentum: 0.9")


class RMSprop(OptimizerSpec):
    """Gradients divided by a running average of their size (Hinton 2012)."""

    rho: float = Field(
        0.9,
        ge=0,
        le=1,
        description="fraction of the running average of squared gradients that a step keeps",
    )
    momentum: float = Field(
        0.0, ge=0, le=1, description="fraction of the last update that is added to the next one"
    )
    epsilon: float = Field(1e-7, gt=0, description="added to a divisor, so that it is never 0")
    centered: bool = Field(
        False,
        description="whether to divide by the variance of gradients rather than their mean square",
    )


class Adagrad(OptimizerSpec):
    """Adagrad (Duchi et al. 2011)."""

    initial_accumulator_value: float = Field(
        0.1, ge=0, description="initial sum of squared gradients"
    )
    epsilon: float = Field(1e-7, gt=0, description="added to a divisor, so that it is never 0")


class Adadelta(OptimizerSpec):
    """Adadelta (Zeiler 2012)."""

    rho: float = Field(
        0.95,
        ge=0,
        le=1,
        description="fraction of the running average of squared gradients that a step keeps",
    )
    epsilon: float = Field(1e-7, gt=0, description="added to a divisor, so that it is never 0")


class Adafactor(OptimizerSpec):
    """Adafactor (Shazeer and Stern 2018)."""

    beta_2_decay: float = Field(
        -0.8,
        le=0,
        description="the newest squared gradients have a weight of (number of steps) ** this",
    )
    epsilon_1: float = Field(
        1e-30, gt=0, description="added to squared gradients, so that a divisor is never 0"
    )
    epsilon_2: float = Field(
        1e-3,
        gt=0,
        description="updates are scaled by the root mean square of the weights, at least by this",
    )
    clip_threshold: float = Field(1.0, gt=0, description="largest root mean square of an update")
    relative_step: bool = Field(
        True, description="limit the learning rate to 1 / sqrt(number of steps)"
    )


class Ftrl(OptimizerSpec):
    """FTRL-Proximal (McMahan et al. 2013)."""

    learning_rate_power: float = Field(
        -0.5,
        le=0,
        description="power of the sum of squared gradients that scales the learning rate",
    )
    initial_accumulator_value: float = Field(
        0.1, ge=0, description="initial sum of squared gradients"
    )
    l1_regularization_strength: float = Field(
        0.0, ge=0, description="L1 penalty: pulls weights to 0"
    )
    l2_regularization_strength: float = Field(
        0.0, ge=0, description="L2 penalty: pulls weights towards 0"
    )
    l2_shrinkage_regularization_strength: float = Field(
        0.0, ge=0, description="L2 penalty that is added to the gradients"
    )
    beta: float = Field(0.0, ge=0, description="added to the root of the sum of squared gradients")
