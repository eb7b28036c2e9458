"""Text from a run: the seed, then what the model says comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from rnnkit.errors import RnnkitError, RnnkitErrors
from rnnkit.generation.decode import Stepper, beam_search, complete
from rnnkit.generation.decode import generate as decode
from rnnkit.generation.options import Generate
from rnnkit.generation.originality import Originality, TrainingText, originality, originality_lines
from rnnkit.run import find_run
from rnnkit.workflows.answer import Trained, load_trained

GENERATING = ["language_model", "conditioned_language_model", "seq2seq"]
Oov = Literal["error", "skip", "unk"]
"""What becomes of words that the vocabulary lacks: a clear error, left out, or `<unk>`."""


@dataclass(frozen=True)
class Generated:
    """One generated text.

    Args:
        seed: The text that was continued.
        tokens: The new tokens.
        continuation: The new tokens as readable text.
        text: Seed and continuation as readable text.
        token_ids: The new tokens' ids.
    """

    seed: str
    tokens: list[str]
    continuation: str
    text: str
    token_ids: list[int]


class Generator:
    """A run that continues texts.

    Args:
        trained: The run.
        options: How: the run's own defaults, with what the user gave in their place.
        oov: What becomes of unknown words.
        warn: Called with a line about what is not as expected.
        condition: What the text is conditioned on, where the run asks for it: a label, or numbers
            such as "0.3 1.2".
    """

    def __init__(
        self,
        trained: Trained,
        options: Generate,
        oov: Oov,
        warn: Callable[[str], None],
        condition: str | None = None,
    ):
        self._config = trained.config
        self._encoder, self._codec = trained.codec, trained.config.tokenizer_of(trained.codec)
        self._outputs, self._condition = (
            trained.outputs,
            trained.config.condition(trained.codec, condition, "--condition"),
        )
        self._end = trained.config.end_token(trained.codec)
        self._options, self._oov, self._warn = options, oov, warn
        self._run = trained.run
        self._training: TrainingText | None = None

    @classmethod
    def open(
        cls,
        name: str | None,
        given: Mapping[str, Any],
        *,
        oov: Oov = "error",
        condition: str | None = None,
        warn: Callable[[str], None],
    ) -> Generator:
        """The run `name` (None: the newest language model), with the options that are given and not
        None.

        Raises:
            RnnkitError: If there is no such run, or options do not go together.
        """
        tasks = (
            ["conditioned_language_model"] if condition is not None and name is None else GENERATING
        )
        trained = load_trained(find_run(name, tasks), warn)
        return cls(trained, merged(trained.config.generate, given), oov, warn, condition)

    @property
    def num_samples(self) -> int:
        """How many texts a seed is continued to."""
        return self._options.num_samples

    @property
    def prompt(self) -> str:
        """What an interactive session asks for: "3 words: "."""
        return (
            f"{getattr(self._config.task, 'window', None) or 'some'}"
            f" {self._config.data.tokenizer.unit}: "
        )

    def samples(self, seed: str, where: str = "seed") -> list[Generated]:
        """`num_samples` continuations of the seed; a beam's best first.

        Raises:
            RnnkitError: If the seed is too short or has unknown words.
        """
        return self._samples(seed, *self._begin(seed, where))

    def _samples(self, seed: str, stepper: Stepper, seed_ids: np.ndarray) -> list[Generated]:
        if self._options.beam_size > 1:
            (beams,) = beam_search(stepper, seed_ids, self._options, self._banned, self._is_stopped)
            rows = [beam.tokens for beam in beams[: self._options.num_samples]]
        else:
            rows = complete(
                stepper,
                np.repeat(seed_ids, self._options.num_samples, axis=0),
                self._options,
                self._banned,
                self._is_stopped,
            )
        return [
            self._generated(seed, seed_ids, [token for token in row if token != self._end])
            for row in rows
        ]

    def stream(self, seed: str, where: str = "seed") -> Iterator[str]:
        """The seed and one continuation in pieces, as they come.

        Raises:
            RnnkitError: If the seed is too short or has unknown words.
        """
        stepper, seed_ids = self._begin(seed, where)
        tokens: list[int] = self._readable(seed_ids)
        new: list[int] = []
        said = text = self._codec.text(tokens)
        yield said
        if self._options.beam_size > 1:
            yield self._samples(seed, stepper, seed_ids)[0].text.removeprefix(said)
            return
        for token_ids in decode(stepper, seed_ids, self._options, self._banned):
            if int(token_ids[0]) == self._end:
                break
            new.append(int(token_ids[0]))
            text = self._codec.text([*tokens, *new])
            # half of a character: wait for the rest
            if not text.endswith("\N{REPLACEMENT CHARACTER}"):
                yield text.removeprefix(said)
                said = text
            if self._is_stopped(new):
                break
        if text != said:
            yield text.removeprefix(said)

    @property
    def _banned(self) -> list[int]:
        banned: list[int] = self._config.banned(self._encoder)
        return banned

    def _begin(self, seed: str, where: str) -> tuple[Stepper, np.ndarray]:
        """The model, and the ids that it goes on from."""
        begun: tuple[Stepper, np.ndarray] = self._config.begin(
            self._encoder,
            self._outputs,
            seed,
            self._condition,
            where=where,
            oov=self._oov,
            warn=self._warn,
        )
        return begun

    def _is_stopped(self, tokens: list[int]) -> bool:
        # Text that ends in the stop text: the last tokens are enough, as each holds at least one
        # byte, and a character four at most.
        if tokens[-1] == self._end:
            return True
        stop = self._options.stop
        return stop is not None and stop in self._codec.text(tokens[-4 * len(stop) - 1 :])

    def _readable(self, seed_ids: np.ndarray) -> list[int]:
        """The seed's tokens, without the one that begins a conditioned text."""
        seed: list[int] = seed_ids[0].tolist()
        return seed if self._end is None else seed[1:]

    def _generated(self, seed: str, seed_ids: np.ndarray, new: list[int]) -> Generated:
        codec = self._codec
        return Generated(
            seed,
            codec.tokens(new),
            codec.text(new),
            codec.text([*self._readable(seed_ids), *new]),
            new,
        )

    def report(self, samples: Sequence[Generated]) -> list[Originality]:
        """How much of each generated text stands in the training text."""
        if self._training is None:
            data = self._config.load_data(sample=self._run.uses_sample, codec=self._encoder)
            self._training = self._config.training_text(data)
        return [originality(sample.token_ids, self._training) for sample in samples]

    def words(self, found: Originality, sample: Generated) -> list[str]:
        """A report in lines."""
        return originality_lines(
            found,
            self._codec.text(
                sample.token_ids[found.copied_from : found.copied_from + found.copied]
            ),
        )


def merged(defaults: Generate, given: Mapping[str, Any]) -> Generate:
    """The options, with what is given and not None in place of the defaults.

    Raises:
        RnnkitError: With every option that is out of range or does not go with another.
    """
    update = {name: value for name, value in given.items() if value is not None}
    # What the user asks for sets aside what the run's own defaults say against it.
    if update.get("temperature", 0) != 0:
        update = {"beam_size": 1, **update}
    if update.get("beam_size", 1) != 1:
        update = {"temperature": 0.0, "repetition_penalty": None, **update}
    if update.get("temperature") == 0:
        update = {"top_k": None, "top_p": None, "num_samples": 1, **update}
    try:
        return Generate.model_validate({**defaults.model_dump(), **update})
    except ValidationError as error:
        errors = [_of_an_option(line["loc"], line["ctx"]) for line in error.errors()]
        raise errors[0] if len(errors) == 1 else RnnkitErrors(errors) from None


def _of_an_option(place: tuple[int | str, ...], mistake: Mapping[str, str]) -> RnnkitError:
    option = f"--{str(place[0]).replace('_', '-')}" if place else "generate"
    return RnnkitError(option, mistake["got"], mistake["expected"], mistake["hint"])


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
    """One continuation of `seed`; a short way to a Generator.

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
    given = {
        "temperature": temperature,
        "max_new_tokens": max_new_tokens,
        "random_seed": random_seed,
    }
    return Generator.open(name, given, warn=warn).samples(seed, where)[0]
