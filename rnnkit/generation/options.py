"""The `generate:` section of a config: a run's own defaults, each of them a flag of `rnnkit
generate` too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, ValidationError, model_validator

from rnnkit.config.component import Component
from rnnkit.config.document import plain
from rnnkit.config.mistakes import mistake
from rnnkit.config.on_resume import SHOWN, OnResume
from rnnkit.config.spec import Spec
from rnnkit.config.unused import Unused
from rnnkit.errors import RnnkitError, combined
from rnnkit.generation.samplers import SamplerSpec

MAX_NEW_TOKENS = 32  # where nothing says more


class Generate(Spec):
    """How text is generated where the command line does not say."""

    on_resume: ClassVar[OnResume | None] = SHOWN

    max_new_tokens: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description=(
            "most tokens to generate; by default the length of the longest training text, or 32 "
            "if texts have no end"
        ),
    )
    num_samples: int = Field(1, ge=1, le=10_000, description="texts to generate, in one batch")
    random_seed: int | None = Field(
        None, ge=0, description="seed of the random generator; a new one each time by default"
    )
    repetition_penalty: float | None = Field(
        None,
        gt=0,
        le=100,
        description="above 1, makes tokens that occurred before less probable",
    )
    top_k: int | None = Field(
        None, ge=1, description="top-k sampling: sample from this many of the most probable tokens"
    )
    temperature: float = Field(
        0.0,
        ge=0,
        le=100,
        description=(
            "0 takes the most probable token at each step, 1 samples from the model's own"
            " probabilities"
        ),
    )
    top_p: float | None = Field(
        None,
        gt=0,
        le=1,
        description=(
            "nucleus sampling: sample from the most probable tokens whose probabilities sum to this"
        ),
    )
    samplers: list[Annotated[SamplerSpec, Component("sampler")]] = Field(
        [], description="further samplers, applied last: min_p, or the user's own"
    )
    beam_size: int = Field(
        1, ge=1, le=1000, description="continuations that a beam search keeps; 1 for none"
    )
    length_penalty: float = Field(
        1.0, ge=0, le=10, description="a beam's score is log p / length ** length_penalty"
    )
    stop: str | None = Field(None, min_length=1, description="stop after this text")
    precision: Literal["float32", "bfloat16", "int8"] = Field(
        "float32",
        description=(
            "bfloat16 rounds the recurrent layers' kernels to 8 binary digits, int8 to 127 steps "
            "up to the largest weight of each column: large layers take less time per token, and "
            "of two tokens that are nearly as probable the other may be chosen"
        ),
    )

    @property
    def longest(self) -> int:
        """Tokens to generate, at most."""
        return self.max_new_tokens or MAX_NEW_TOKENS

    def unused(self) -> Iterator[Unused]:
        if self.beam_size == 1:
            cure = "" if self.temperature or self.samplers else "beam_size: 4"
            yield Unused("length_penalty", "beam_size is 1", cure)
        if self.temperature == 0:
            reason = "temperature is 0" if self.beam_size == 1 else "a beam search draws nothing"
            cure = "temperature: 0.8" if self.beam_size == 1 else ""
            yield Unused("random_seed", reason, cure)
            if all(sampler.keeps_best for sampler in self.samplers):
                for index in range(len(self.samplers)):
                    yield Unused(f"samplers.{index}", reason, cure)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.beam_size > 1 and self.temperature > 0:
            raise mistake(
                f"beam_size {self.beam_size} with temperature {self.temperature}",
                "Expected temperature 0: a beam search does not sample",
                "Remove one",
            )
        if self.beam_size > 1:
            for name in ("repetition_penalty", "top_k", "top_p", "samplers"):
                if getattr(self, name) not in (None, []):
                    raise mistake(
                        f"{name} with beam_size {self.beam_size}",
                        "Expected one of the two: a beam search does not sample",
                        "Remove one",
                    )
        if self.temperature == 0 and self.beam_size == 1:
            for name in ("top_k", "top_p"):
                if getattr(self, name) is not None:
                    raise mistake(
                        f"{name} with temperature 0",
                        "Expected a temperature above 0: the most probable token is the same"
                        " with and"
                        f" without {name}",
                        "Set `temperature: 0.8`",
                    )
            if self.num_samples > 1:
                raise mistake(
                    f"{self.num_samples} samples with temperature 0",
                    "Expected a temperature above 0: all samples would be the same",
                    "Set `temperature: 0.8`",
                )
        if self.beam_size > 1 and self.num_samples > self.beam_size:
            raise mistake(
                f"{self.num_samples} samples from a beam of {self.beam_size}",
                f"Expected at most {self.beam_size}",
                f"Set `beam_size: {self.num_samples}`",
            )
        return self


def merged(defaults: Generate, asked: Mapping[str, object]) -> Generate:
    """The options, with the requested values that are not None instead of the defaults.

    Raises:
        RnnkitError: With every option that is out of range or does not go with another.
    """
    update = {name: plain(value) for name, value in asked.items() if value is not None}
    # What the user asks for overrides the defaults that exclude it.
    if update.get("temperature", 0) != 0:
        update = {"beam_size": 1, **update}
    if update.get("beam_size", 1) != 1:
        update = {"temperature": 0.0, "repetition_penalty": None, "samplers": [], **update}
    if update.get("temperature") == 0:
        update = {"top_k": None, "top_p": None, "num_samples": 1, **update}
    try:
        return Generate.model_validate({**defaults.model_dump(), **update})
    except ValidationError as error:
        errors = [_of_an_option(line["loc"], line["ctx"]) for line in error.errors()]
        raise combined(errors) from None


def _of_an_option(place: tuple[int | str, ...], mistake: Mapping[str, str]) -> RnnkitError:
    option = f"--{str(place[0]).replace('_', '-')}" if place else "generate"
    if place[:1] == ("samplers",):
        hint = (
            mistake["hint"] or "A sampler with settings is listed in the config's generate.samplers"
        )
        return RnnkitError("--sampler", mistake["got"], mistake["expected"], hint)
    hint = re.sub(r"`(\w+): ", _as_option, mistake["hint"])
    return RnnkitError(option, mistake["got"], mistake["expected"], hint)


def _as_option(key: re.Match[str]) -> str:
    """The option of a key that a hint names: --beam-size of beam_size."""
    return f"`--{key[1].replace('_', '-')} "
