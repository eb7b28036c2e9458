"""The sampler and the pruner of Optuna studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from rnnkit.workflows.sweep.space import Choices, Point, Range, Space, value_text

STARTUP_TRIALS = 10
"""Random trials, before TPE models the scores."""

UNPRUNED_TRIALS = 5
UNPRUNED_FRACTION = 0.2  # of a trial's epochs
REPORTED_EPOCHS = 20  # the first, each of which is reported; later ones less and less often


class NumberedSampler(optuna.samplers.BaseSampler):
    """Chooses a trial's point from the seed, the trial's number and the scores so far.

    Other than with a random generator of its own, a process that starts again and two processes at
    once draw different points.

    Args:
        space: The search space.
        seed: The seed of the random points.
        points: The points of the trials, by number; empty if TPE chooses them.
    """

    def __init__(self, space: Space, seed: int, points: Sequence[Point]):
        self._space, self._seed, self._points = space, seed, points

    def infer_relative_search_space(
        self, study: optuna.Study, trial: optuna.trial.FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return distributions(self._space)

    def sample_relative(
        self,
        study: optuna.Study,
        trial: optuna.trial.FrozenTrial,
        search_space: dict[str, BaseDistribution],
    ) -> dict[str, Any]:
        if self._points:
            return encode_point(self._space, self._points[trial.number])
        seed = int(np.random.default_rng([self._seed, trial.number]).integers(2**32))
        tpe = optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP_TRIALS)
        params = tpe.sample_relative(study, trial, search_space)
        point = decode_point(self._space, params) if params else None
        return encode_point(self._space, self._untried(study, trial.number, point))

    def sample_independent(
        self,
        study: optuna.Study,
        trial: optuna.trial.FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        raise AssertionError(f"{param_name} is drawn with the others")

    def _untried(self, study: optuna.Study, number: int, point: Point | None) -> Point:
        """The point, or a random one if it is None or another trial already has it."""
        tried = {
            repr(decode_point(self._space, trial.params))
            for trial in study.get_trials(deepcopy=False)
            if trial.number != number and trial.params
        }
        if point is not None and repr(point) not in tried:
            return point
        untried = self._space.untried_point(self._seed, number, tried)
        return untried or point or self._space.random_point(self._seed, number)


def pruner(epochs: int) -> optuna.pruners.BasePruner:
    """The median stopping rule: ends a trial whose best score so far is worse than the median of
    the others at the same epoch.

    Source: Golovin et al. 2017, "Google Vizier".

    Args:
        epochs: The epochs of a trial, which is not ended in the first fifth of them.
    """
    return optuna.pruners.MedianPruner(
        n_startup_trials=UNPRUNED_TRIALS, n_warmup_steps=int(epochs * UNPRUNED_FRACTION)
    )


def report_interval(epoch: int) -> int:
    """The epochs from one report to the next: about 40 of 100 epochs are reported."""
    return 1 << (epoch // REPORTED_EPOCHS).bit_length()


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The search space as Optuna's distributions."""
    return {key: _distribution(domain) for key, domain in space.domains.items()}


def encode_point(space: Space, point: Point) -> dict[str, Any]:
    """A point as Optuna's parameters: lists and mappings as text."""
    return {key: _label(point[key]) for key in space.domains}


def decode_point(space: Space, params: Mapping[str, Any]) -> Point:
    """The point of Optuna's parameters."""
    point = Point()
    for key, domain in space.domains.items():
        if isinstance(domain, Choices):
            label = repr(params[key])
            point[key] = next(value for value in domain.values if repr(_label(value)) == label)
        else:
            point[key] = domain.rounded(params[key])
    return point


def _label(value: Any) -> Any:
    return value_text(value) if isinstance(value, list | dict) else value


def _distribution(domain: Choices | Range) -> BaseDistribution:
    if isinstance(domain, Choices):
        return CategoricalDistribution([_label(value) for value in domain.values])
    if domain.is_whole:
        return IntDistribution(int(domain.low), int(domain.high), log=domain.is_log)
    return FloatDistribution(domain.low, domain.high, log=domain.is_log)
