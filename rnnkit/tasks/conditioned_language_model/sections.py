"""The sections of a config for conditioned language modelling."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rnnkit.config.component import Component
from rnnkit.config.on_resume import SAME_DATA, OnResume
from rnnkit.config.spec import Spec
from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.encode.tokenizer_specs import Char, TokenizerSpec
from rnnkit.data.raw.row_split import LabelledSplit
from rnnkit.tasks.checks import Mistakes
from rnnkit.tasks.task import ENCODED, OF_MODEL, RecurrentModel


class ConditionedSettings(Spec):
    """The condition from which a text is generated."""

    on_resume: ClassVar[OnResume | None] = OF_MODEL

    condition: Literal["label", "features"] = Field(
        description="the text's label, or the numbers that the data set has instead of labels"
    )


class ConditionedData(Spec):
    """The `data:` section."""

    on_resume: ClassVar[OnResume | None] = ENCODED

    dataset: Annotated[LabelledDataset, Component("dataset"), SAME_DATA]
    tokenizer: Annotated[TokenizerSpec, Component("tokenizer")] = Char()
    max_length: int = Field(
        1000, ge=1, le=100_000, description="tokens of a text; longer ones are truncated"
    )
    split: Annotated[LabelledSplit, SAME_DATA] = LabelledSplit()


def check_sections(
    settings: ConditionedSettings, data: ConditionedData, model: RecurrentModel
) -> Mistakes:
    """Checks settings across the sections."""
    mistakes = Mistakes()
    mistakes.check_reads_tokens(model.embedding)
    mistakes.check_not_bidirectional(model.layers, "model")
    mistakes.check_not_unrolled(model.layers, "model", "over texts of any length")
    mistakes.check_carries_state(model.layers, "model", "Remove it")
    mistakes.check_has_state(model.layers, "model", "which the condition starts")
    mistakes.check_split(data.split, "texts", data.dataset)
    if data.dataset.several:
        expected = "Expected one, on which the text is conditioned"
        mistakes.add("data.dataset", "several labels per text", expected)
    if data.dataset.has_weights:
        hint = f"Remove `{data.dataset.config_key('weight')}`"
        mistakes.add("data.dataset", "weights of texts", "Expected them for classification", hint)
    has = "features" if data.dataset.has_features else "label"
    if settings.condition != has:
        what = "numbers instead of labels" if has == "features" else "a label for each text"
        got = f"{settings.condition}, but the data set has {what}"
        mistakes.add(
            "task.condition", got, f"Expected {has}", "Change it, or the data set's columns"
        )
    return mistakes
