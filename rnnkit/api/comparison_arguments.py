"""The arguments of `rnnkit.compare` for a config that is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rnnkit.api.data_arguments import DataArguments
from rnnkit.config.mistakes import shown
from rnnkit.config.overrides import Override
from rnnkit.errors import RnnkitError
from rnnkit.workflows.compare.plan import CompareOptions

SEEDS = 3


class ComparisonArguments(DataArguments, total=False):
    """The arguments of `rnnkit.compare` for a config that is trained; for `data` also those of
    `DataArguments`.

    Args:
        layers: Recurrent layers: the config is trained with each of them instead of its own.
        random_seeds: How many seeds each is trained with; 3 by default.
        learning_curve: Whether each is trained on 10, 20, 40, 80 and 100 % of the training set.
        device: auto, cpu or gpu.
        backend: tensorflow or jax.
    """

    layers: Iterable[str]
    random_seeds: int
    learning_curve: bool
    device: str
    backend: str | None


def comparison_request(
    config: str | Mapping[str, Any],
    overrides: Sequence[Override],
    metric: str | None,
    arguments: ComparisonArguments,
) -> CompareOptions:
    """The arguments as a request to train and compare.

    Raises:
        RnnkitError: If an argument has another type.
    """
    seeds, layers = arguments.get("random_seeds", SEEDS), arguments.get("layers", ())
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise RnnkitError("random_seeds", f"found {shown(seeds)}", "Expected a number from 1 on")
    if isinstance(layers, str) or not isinstance(layers, Iterable):
        expected = "Expected a list of names, such as ['lstm', 'gru']"
        raise RnnkitError("layers", f"found {shown(layers)}", expected)
    return CompareOptions(
        config,
        overrides,
        tuple(layers),
        seeds,
        arguments.get("learning_curve", False),
        metric,
        arguments.get("device", "auto"),
        arguments.get("backend"),
    )
