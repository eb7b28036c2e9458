"""Optuna's sampler of trials by their numbers, and its pruner."""

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

from rnnkit.workflows.sweep.space import Choices, Point, Space, Span, value_text

STARTUP_TRIALS = 10
"""Drawn at random, so that there is something to learn from."""

UNPRUNED_TRIALS = 5
UNPRUNED_SHARE = 0.2  # of a trial's epochs
EVERY_EPOCH = 20  # is reported; later ones less often, as each is written to the storage


class NumberedSampler(optuna.samplers.BaseSampler):
    """A trial's point is a function of the seed, its number, and the scores so far: a process that
    starts again draws no point twice, as a generator that begins anew would, nor do two processes.

    Args:
        space: What varies.
        seed: Seeds what is drawn.
        points: The points of the trials, by number; empty if TPE draws them.
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
            return encoded(self._space, self._points[trial.number])
        seed = int(np.random.default_rng([self._seed, trial.number]).integers(2**32))
        tpe = optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP_TRIALS)
        drawn = tpe.sample_relative(study, trial, search_space)
        point = decoded(self._space, drawn) if drawn else None
        return encoded(self._space, self._untried(study, trial.number, point))

    def sample_independent(
        self,
        study: optuna.Study,
        trial: optuna.trial.FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        raise AssertionError(f"{param_name} is drawn with the others")

    def _untried(self, study: optuna.Study, number: int, drawn: Point | None) -> Point:
        """The point that is drawn, or where an earlier trial has that one, a random one that none
        has: the same training twice would tell nothing.
        """
        tried = {
            repr(decoded(self._space, one.params))
            for one in study.get_trials(deepcopy=False)
            if one.number != number and one.params
        }
        if drawn is not None and repr(drawn) not in tried:
            return drawn
        untried = self._space.untried(self._seed, number, tried)
        return untried or drawn or self._space.at_random(self._seed, number)


def pruner(epochs: int) -> optuna.pruners.BasePruner:
    """The median stopping rule (Golovin et al. 2017, "Google Vizier"): a trial whose best score so
    far is worse than the median of the others at the same epoch ends.

    Args:
        epochs: The epochs of a trial; none ends in the first fifth of them.
    """
    return optuna.pruners.MedianPruner(
        n_startup_trials=UNPRUNED_TRIALS, n_warmup_steps=int(epochs * UNPRUNED_SHARE)
    )


def spacing(epoch: int) -> int:
    """How many epochs lie between two that are reported: with 100 epochs some 40 of them are."""
    return 1 << (epoch // EVERY_EPOCH).bit_length()


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """What varies, as Optuna says it."""
    return {key: _distribution(domain) for key, domain in space.domains.items()}


def encoded(space: Space, point: Point) -> dict[str, Any]:
    """A point as Optuna keeps it: values that are lists or mappings as text."""
    return {key: _label(point[key]) for key in space.domains}


def decoded(space: Space, params: Mapping[str, Any]) -> Point:
    """A point from what Optuna draws or keeps."""
    point = Point()
    for key, domain in space.domains.items():
        if isinstance(domain, Choices):
            shown = repr(params[key])
            point[key] = next(value for value in domain.values if repr(_label(value)) == shown)
        else:
            point[key] = domain.rounded(params[key])
    return point


def _label(value: Any) -> Any:
    return value_text(value) if isinstance(value, list | dict) else value


def _distribution(domain: Choices | Span) -> BaseDistribution:
    if isinstance(domain, Choices):
        return CategoricalDistribution([_label(value) for value in domain.values])
    if domain.is_whole:
        return IntDistribution(int(domain.low), int(domain.high), log=domain.is_log)
    return FloatDistribution(domain.low, domain.high, log=domain.is_log)
