"""The bodies of requests: their fields with types, bounds and descriptions."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import from_json

from rnnkit.config.mistakes import mistake
from rnnkit.config.spec import Spec, validated
from rnnkit.errors import RnnkitError

MOST_STOPS, LONGEST_STOP, LONGEST_ID = 4, 256, 128

R = TypeVar("R", bound=Spec)

ModelName = Annotated[
    str | None, Field(description="the run; may be left out where only one is served")
]


class PredictRequest(Spec):
    """Texts, records or numbers that a run answers."""

    unbounded: ClassVar[tuple[str, ...]] = ("data",)

    model: ModelName = None
    data: Any = Field(
        description=(
            "a text, or a record with the run's columns; a list of texts, of records, of lists of"
            " tokens, or of sequences of numbers; of a forecaster its series: a list of numbers,"
            " a list of rows, or lists of numbers and times by their columns"
        )
    )
    top: int | None = Field(
        None, ge=1, le=10_000, description="how many of the possible answers, best first"
    )
    horizon: int | None = Field(None, ge=1, description="steps ahead, of a forecaster")


class StreamOptions(Spec):
    """Options of a stream."""

    include_usage: bool = Field(False, description="a last piece with the numbers of tokens")
    include_obfuscation: bool = Field(False, description="ignored: no piece is padded")


class CompletionRequest(Spec):
    """A text to continue, in the format of OpenAI's API, with further fields of rnnkit."""

    repeating: ClassVar[tuple[str, ...]] = ("prompt", "stop")

    model: ModelName = None
    prompt: str | list[str] | list[int] | list[list[int]] = Field(
        "", description="a text, its token ids, or a list of either"
    )
    max_tokens: int | None = Field(
        None, ge=1, description="tokens to generate, at most; the run's own number by default"
    )
    temperature: float | None = Field(
        None, ge=0, le=100, description="0 takes the most probable token; the run's by default"
    )
    top_p: float | None = Field(None, gt=0, le=1, description="nucleus sampling")
    n: int | None = Field(None, ge=1, description="completions of each prompt")
    stream: bool | None = Field(None, description="pieces of text as they are decoded, as events")
    stream_options: StreamOptions | None = Field(None, description="where `stream` is true")
    stop: str | list[str] | None = Field(
        None, description="texts before which a completion ends, at most 4"
    )
    seed: int | None = Field(None, ge=0, description="of the random generator")
    echo: bool | None = Field(None, description="whether the text begins with the prompt")
    user: str | None = Field(None, description="ignored")
    best_of: int | None = Field(None, description="only the value of `n`")
    frequency_penalty: float | None = Field(None, description="only 0")
    presence_penalty: float | None = Field(None, description="only 0")
    logprobs: int | None = Field(None, description="not supported")
    logit_bias: dict[str, float] | None = Field(None, description="not supported")
    suffix: str | None = Field(None, description="not supported")
    top_k: int | None = Field(None, ge=1, description="samples from this many tokens")
    repetition_penalty: float | None = Field(
        None, gt=0, le=100, description="above 1, makes repeated tokens less probable"
    )
    beam_size: int | None = Field(None, ge=1, le=1000, description="of a beam search")
    length_penalty: float | None = Field(None, ge=0, le=10, description="of a beam search")
    condition: str | None = Field(
        None, description="what the text is conditioned on: a label, or numbers"
    )
    oov: Literal["error", "skip", "unk"] = Field(
        "error", description="how out-of-vocabulary words are handled"
    )
    session: str | None = Field(
        None,
        min_length=1,
        max_length=LONGEST_ID,
        description=(
            "a name of your own: the model's state is kept under it, and the prompt continues"
            " what was read and generated before"
        ),
    )

    @field_validator("frequency_penalty", "presence_penalty")
    @classmethod
    def _no_penalty(cls, value: float | None) -> float | None:
        if value:
            raise mistake(f"found {value:g}", "Expected 0", "Here it is repetition_penalty")
        return value

    @field_validator("logprobs", "logit_bias", "suffix")
    @classmethod
    def _not_supported(cls, value: Any) -> Any:
        if value is not None and value != {}:
            raise mistake("not supported", "Expected a request without it")
        return value

    @field_validator("stop")
    @classmethod
    def _few_stops(cls, value: str | list[str] | None) -> str | list[str] | None:
        stops = [value] if isinstance(value, str) else value or []
        if len(stops) > MOST_STOPS:
            raise mistake(f"a list of {len(stops)}", f"Expected at most {MOST_STOPS} texts")
        for stop in stops:
            if not 1 <= len(stop) <= LONGEST_STOP:
                expected = f"Expected 1 to {LONGEST_STOP}"
                raise mistake(f"a text of {len(stop)} characters", expected)
        return value

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.best_of not in (None, self.n or 1):
            raise mistake(f"best_of {self.best_of}", f"Expected what n is: {self.n or 1}")
        if self.session is not None and (self.several or (self.n or 1) > 1 or self.echo):
            raise mistake(
                "session with several prompts, n or echo", "Expected one prompt and one completion"
            )
        if self.session is not None and (self.beam_size or 1) > 1:
            raise mistake("session with beam_size", "Expected one of them")
        if self.stream and (self.beam_size or 1) > 1:
            raise mistake("stream with beam_size", "Expected one of them: a beam ends as a whole")
        return self

    @property
    def several(self) -> bool:
        """Whether the prompt is a list of prompts."""
        return isinstance(self.prompt, list) and any(
            isinstance(item, str | list) for item in self.prompt
        )

    @property
    def prompts(self) -> list[str | list[int]]:
        """The prompts as a list."""
        if isinstance(self.prompt, list) and self.several:
            return list(self.prompt)  # type: ignore[arg-type]
        return [self.prompt]  # type: ignore[list-item]

    @property
    def stops(self) -> tuple[str, ...]:
        """The texts of `stop` as a tuple."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())


class Tensor(Spec):
    """A tensor of the Open Inference Protocol."""

    unbounded: ClassVar[tuple[str, ...]] = ("data",)
    repeating: ClassVar[tuple[str, ...]] = ("data",)

    name: str = Field(max_length=LONGEST_ID, description="of the tensor")
    shape: list[int] = Field(description="of its numbers or texts")
    datatype: str = Field(description="BYTES for texts, INT32 or INT64 for ids, FP32 for numbers")
    parameters: dict[str, Any] | None = Field(None, description="ignored")
    data: list[Any] = Field(description="the numbers or texts, nested or one after the other")


class Output(Spec):
    """A requested output."""

    name: str = Field(description="of the output")
    parameters: dict[str, Any] | None = Field(None, description="ignored")


class InferRequest(Spec):
    """A request of the Open Inference Protocol, version 2."""

    unbounded: ClassVar[tuple[str, ...]] = ("inputs",)

    id: str | None = Field(
        None, max_length=LONGEST_ID, description="of the request, returned with the answer"
    )
    parameters: dict[str, Any] | None = Field(
        None, description="`top`, `horizon`: as in /v1/predict"
    )
    inputs: list[Tensor] = Field(min_length=1, max_length=1, description="one tensor")
    outputs: list[Output] | None = Field(None, description="the outputs to return; all by default")


_KINDS = {type(None): "null", bool: "a truth value", str: "a text", list: "a list"}


def parsed(body: bytes, kind: type[R]) -> R:
    """A body as a request.

    Raises:
        RnnkitError: If it is not JSON, or has a mistake, with its field.
    """
    try:
        tree = from_json(body, allow_inf_nan=False, cache_strings="none")
    except ValueError as error:
        hint = "" if body else "Send one, with Content-Type: application/json"
        raise RnnkitError("body", f"not JSON: {error}", "Expected a JSON object", hint) from None
    if not isinstance(tree, dict):
        expected = f"Expected an object with {', '.join(kind.model_fields)}"
        raise RnnkitError("body", _KINDS.get(type(tree), "a number"), expected)
    try:
        return validated(kind, tree)
    except ValidationError as error:  # one without a message of our own
        raise RnnkitError("body", str(error.errors()[0]["msg"]), "Expected another value") from None
