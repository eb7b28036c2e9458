"""Text from a run: the seed, then what the model says comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from rnnkit.generation.decode import generate as decode
from rnnkit.run import find_run
from rnnkit.workflows.answer import Trained, load_trained


@dataclass(frozen=True)
class Generated:
    """One generated text.

    Args:
        seed: The text that was continued.
        tokens: The new tokens.
        continuation: The new tokens as readable text.
        text: Seed and continuation as readable text.
    """

    seed: str
    tokens: list[str]
    continuation: str
    text: str


def generate(
    name: str | None,
    seed: str,
    *,
    where: str = "seed",
    temperature: float | None = None,
    max_new_tokens: int | None = None,
    random_seed: int | None = None,
    warn: Callable[[str], None],
) -> Generated:
    """Continues `seed` with a run; what is None is as the run's config says.

    Args:
        name: A run's folder or name; None for the newest language model.
        seed: The text to continue.
        where: How messages call the seed.
        temperature: 0 for the likeliest token each time.
        max_new_tokens: How many tokens to make.
        random_seed: The seed of the draws.
        warn: Called with a line about what is not as expected.

    Raises:
        RnnkitError: If there is no such run, or the seed is too short or has unknown words.
    """
    trained = load_trained(find_run(name, ["language_model"]), warn)
    defaults = trained.config.generate
    seed_ids = trained.config.encode_seed(trained.codec, seed, where)
    new = list(
        _new_tokens(
            trained,
            seed_ids,
            defaults.temperature if temperature is None else temperature,
            defaults.max_new_tokens if max_new_tokens is None else max_new_tokens,
            defaults.random_seed if random_seed is None else random_seed,
        )
    )
    codec = trained.codec
    return Generated(seed, codec.tokens(new), codec.text(new), codec.text([*seed_ids[0].tolist(), *new]))


def _new_tokens(trained: Trained, seed_ids: np.ndarray, temperature: float, max_new_tokens: int, random_seed: int | None) -> Iterator[int]:
    stepper = trained.config.stepper(trained.outputs)
    banned = [trained.codec.unknown_id]
    for tokens in decode(stepper, seed_ids, max_new_tokens=max_new_tokens, temperature=temperature, random_seed=random_seed, banned=banned):
        yield int(tokens[0])
