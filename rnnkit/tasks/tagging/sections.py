"""The sections of a config for tagging."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from rnnkit.config.component import Component
from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.config.on_resume import SAME_DATA, OnResume
from rnnkit.config.spec import Spec
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.datasets.kinds.tagged import TaggedDataset
from rnnkit.data.encode.words import WordsSpec
from rnnkit.data.raw.row_split import LabelledSplit
from rnnkit.quantities import counted
from rnnkit.registry import name_of
from rnnkit.tasks.checks import Mistakes
from rnnkit.tasks.class_weights import ClassWeight, parse_class_weight
from rnnkit.tasks.tagging.schemes import Notation
from rnnkit.tasks.task import ENCODED, OF_MODEL, RecurrentModel

OF_SENTENCES = ("words", "tags", "max_length")  # keys without meaning for numbers


class TaggingSettings(Spec):
    """How tags are predicted and weighted."""

    on_resume: ClassVar[OnResume | None] = OF_MODEL

    crf: bool = Field(
        False,
        description=(
            "a conditional random field learns which tags follow each other; else each step is"
            " scored on its own"
        ),
    )
    scheme: Literal["iob2", "bioes"] = Field(
        "bioes", description="how the model writes spans (B-PER, I-PER), where tags are spans"
    )
    class_weight: ClassWeight = Field(
        "none",
        description=(
            "balanced: rare tags count as much in the loss as frequent ones; sqrt: the square root"
            " of these weights; or a weight for each tag (of spans for each type: {PER: 5}), 1"
            " where it is not named; not with crf"
        ),
    )

    @field_validator("class_weight", mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Any:
        return parse_class_weight(value)

    @model_validator(mode="after")
    def _weighs_steps(self) -> Self:
        if self.crf and self.class_weight != "none":
            got, expected = "set, and crf is true", "Expected steps that are scored on their own"
            raise mistakes_at([(("class_weight",), mistake(got, expected, "Remove it"))])
        return self


class TaggingData(Spec):
    """The `data:` section."""

    on_resume: ClassVar[OnResume | None] = ENCODED

    dataset: Annotated[TaggedDataset | ArrayDataset, Component("dataset"), SAME_DATA] = Field(
        description="sentences or sequences of numbers, with a tag for each step"
    )
    words: WordsSpec = Field(WordsSpec(), description="which words the vocabulary holds")
    tags: Notation = Field(
        "auto",
        description=(
            "how the data write spans as tags, or plain where tags are not spans; auto: inferred"
            " from the training set"
        ),
    )
    labels: list[str | int] | None = Field(
        None,
        description=(
            "the tags that may occur (for spans, their types); those of the training set by default"
        ),
    )
    max_length: int = Field(
        1000,
        ge=1,
        le=1_000_000,
        description=(
            "a sentence of more tokens is an error in the training data; in answers it is read "
            "in overlapping windows of this many"
        ),
    )
    split: Annotated[LabelledSplit, SAME_DATA] = LabelledSplit()


def check_sections(data: TaggingData, model: RecurrentModel) -> Mistakes:
    """Checks settings across the sections."""
    mistakes = Mistakes()
    if isinstance(data.dataset, ArrayDataset):
        mistakes.check_reads_numbers(model.embedding)
        for key in OF_SENTENCES:
            if getattr(data, key) != TaggingData.model_fields[key].default:
                got = "set, but the data set holds numbers"
                mistakes.add(f"data.{key}", got, "Expected sentences for it", "Remove it")
    elif name_of("input", type(model.embedding)) == "none":
        expected = "Expected an embedding, words or one_hot: tokens are not numbers"
        mistakes.add("model.embedding", "found 'none'", expected)
    mistakes.check_split(data.split, "sentences", data.dataset)
    if data.labels is not None and len(set(map(str, data.labels))) < max(len(data.labels), 1):
        got = counted(len(data.labels), "label")
        mistakes.add("data.labels", got, "Expected different ones, each once")
    mistakes.check_not_unrolled(model.layers, "model", "over sequences of any length")
    return mistakes
