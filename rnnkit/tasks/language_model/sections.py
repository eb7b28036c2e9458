"""The sections of a config for text that is continued."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from rnnkit.config.component import Component
from rnnkit.config.on_resume import SAME_DATA, OnResume
from rnnkit.config.spec import Spec
from rnnkit.config.unused import Unused
from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec, Word
from rnnkit.data.raw.split import TextSplit
from rnnkit.models.layers.embedding import Embedding
from rnnkit.registry import TASK_FORMS
from rnnkit.tasks.checks import Mistakes
from rnnkit.tasks.task import ENCODED, OF_MODEL, RecurrentModel


class LanguageModelSettings(Spec):
    """What is predicted from what: the next symbol from a window, or every symbol of a stream from
    all before it.
    """

    on_resume: ClassVar[OnResume | None] = OF_MODEL

    short: ClassVar[str | None] = "window"
    either: ClassVar[tuple[str, ...]] = ("window", "stream")
    elsewhere: ClassVar[tuple[str, ...]] = tuple(TASK_FORMS["language_model"])
    window: int | None = Field(
        None, ge=1, le=100_000, description="how many symbols the model sees"
    )
    stream: bool = Field(
        False,
        description="whether the text is read as streams, with the state carried from chunk to "
        "chunk",
    )
    bptt: int = Field(
        35,
        ge=1,
        le=100_000,
        description="steps of a chunk, over which the error of a stream is backpropagated",
    )

    def unused(self) -> Iterator[Unused]:
        if self.window is not None:
            yield Unused("bptt", "the text is read in windows, not as a stream")

    @property
    def steps(self) -> int:
        """Tokens of a window, or of a stream's chunk."""
        return self.window or self.bptt

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        mistakes = Mistakes()
        if self.stream and self.window is not None:
            got, expected = "both a window and a stream", "Expected one of the two"
            mistakes.add("window", got, expected, "Remove one")
        elif not self.stream and self.window is None:
            got = "neither a window nor a stream nor a condition"
            expected = "Expected `window: 3`, `stream: true`, or `condition: label`."
            mistakes.add("window", got, expected, "Write one of them")
        mistakes.report()
        return self


class LanguageModelModel(RecurrentModel):
    """The `model:` section."""

    tie_weights: bool = Field(
        False, description="whether the output layer shares the embedding's table, without a bias"
    )


class LanguageModelData(Spec):
    """The `data:` section."""

    on_resume: ClassVar[OnResume | None] = ENCODED

    dataset: Annotated[TextDataset, Component("dataset"), SAME_DATA]
    tokenizer: Annotated[TokenizerSpec, Component("tokenizer")] = Word()
    split: Annotated[TextSplit, SAME_DATA] = TextSplit()


def check_sections(
    settings: LanguageModelSettings, data: LanguageModelData, model: LanguageModelModel
) -> Mistakes:
    """Checks settings across the sections."""
    mistakes = Mistakes()
    mistakes.check_reads_tokens(model.embedding)
    mistakes.check_split(data.split, "text")
    if settings.stream:
        mistakes.check_not_bidirectional(model.layers, "model")
        mistakes.check_not_unrolled(model.layers, "model", "in a stream")
        mistakes.check_carries_state(model.layers, "model", "Remove it, or use a window")
    if model.tie_weights and not isinstance(model.embedding, Embedding):
        expected = "Expected a table to share"
        got = "true without an embedding"
        mistakes.add("model.tie_weights", got, expected, "Write `embedding: 128`")
    return mistakes
