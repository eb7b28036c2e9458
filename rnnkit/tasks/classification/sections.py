"""The sections of a config for the labels of texts and of sequences of numbers."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from rnnkit.config.component import Component
from rnnkit.config.on_resume import SAME_DATA, OnResume
from rnnkit.config.spec import Spec
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.encode.cleaning import Rule
from rnnkit.data.encode.ragged import Side
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec, Word
from rnnkit.data.raw.label_names import label_name
from rnnkit.data.raw.row_split import LabelledSplit
from rnnkit.models.layers.words import Words
from rnnkit.quantities import counted
from rnnkit.registry import name_of
from rnnkit.tasks.checks import Mistakes
from rnnkit.tasks.class_weights import KEY, ClassWeight, parse_class_weight, unknown_label
from rnnkit.tasks.task import ENCODED, OF_MODEL, RecurrentModel

LONGEST = 10_000  # tokens of a text where the config sets no bound
OF_TEXTS = ("tokenizer", "clean", "max_length", "truncating", "batching", "padding", "mask")


class ClassificationSettings(Spec):
    """How labels are weighted."""

    on_resume: ClassVar[OnResume | None] = OF_MODEL

    class_weight: ClassWeight = Field(
        "none",
        description=(
            "balanced: rare labels count as much in the loss as frequent ones; sqrt: the square"
            " root of these weights; or a weight for each label, 1 where it is not named:"
            " {bad: 5, good: 1}"
        ),
    )

    @field_validator("class_weight", mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Any:
        return parse_class_weight(value)


class ClassificationData(Spec):
    """The `data:` section."""

    on_resume: ClassVar[OnResume | None] = ENCODED

    dataset: Annotated[LabelledDataset | ArrayDataset, Component("dataset"), SAME_DATA] = Field(
        description="texts or sequences of numbers, with their labels"
    )
    tokenizer: Annotated[TokenizerSpec, Component("tokenizer")] = Word()
    clean: list[Rule] = Field([], description="rules applied to a text before it is tokenized")
    labels: list[str | bool | int | float] | None = Field(
        None, description="the labels that may occur; those of the training set by default"
    )
    max_length: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="the longest text in tokens, longer ones are truncated; 10,000 by default",
    )
    truncating: Side = Field(
        "pre",
        description="which end of a longer text is truncated: pre, its beginning, or post, its end",
    )
    batching: Literal["bucket", "fixed"] = Field(
        "bucket",
        description="bucket: texts of similar length in one batch; fixed: all padded to max_length",
    )
    padding: Side = Field(
        "post", description="where a short text is padded: post, after it, or pre, before it"
    )
    mask: bool = Field(True, description="whether the padding is masked, so that it has no effect")
    split: Annotated[LabelledSplit, SAME_DATA] = LabelledSplit()

    @property
    def reads_text(self) -> bool:
        """Whether the data set holds texts; else sequences of numbers."""
        return isinstance(self.dataset, LabelledDataset)


def check_sections(
    settings: ClassificationSettings, data: ClassificationData, model: RecurrentModel, monitor: str
) -> Mistakes:
    """Checks settings across the sections; `monitor` is `train.monitor`."""
    mistakes = Mistakes()
    if data.reads_text:
        _check_text_input(mistakes, data, model)
    else:
        _check_number_input(mistakes, data, model)
    mistakes.check_split(data.split, "texts", data.dataset)
    _check_padding(mistakes, data)
    if data.batching == "bucket":
        reason = "with texts of unequal length, which only `data.batching: fixed` pads to one"
        mistakes.check_not_unrolled(model.layers, "model", reason)
    _check_labels(mistakes, data)
    names = list(map(label_name, data.labels or ()))
    if names and (unknown := unknown_label(settings.class_weight, names)):
        mistakes.add(KEY, *unknown)
    if monitor == "f1" and not data.dataset.several:
        expected = "Expected loss or accuracy: f1 is for several labels per text"
        mistakes.add("train.monitor", "found 'f1'", expected)
    return mistakes


def _check_text_input(mistakes: Mistakes, data: ClassificationData, model: RecurrentModel) -> None:
    if not isinstance(model.embedding, Words):
        mistakes.check_reads_tokens(model.embedding)
    if data.dataset.has_own_tokenizer and data.tokenizer != Word():
        name = name_of("dataset", type(data.dataset))
        got = f"a tokenizer, but the data set {name} brings its own"
        hint = f"Write `data.dataset: {{{name}: {{vocab_size: null}}}}` to use this one"
        mistakes.add("data.tokenizer", got, "Expected one of the two", hint)


def _check_number_input(
    mistakes: Mistakes, data: ClassificationData, model: RecurrentModel
) -> None:
    mistakes.check_reads_numbers(model.embedding)
    for key in OF_TEXTS:
        if getattr(data, key) != ClassificationData.model_fields[key].default:
            got = "set, but the data set holds numbers"
            mistakes.add(("data", key), got, "Expected texts for it", "Remove it")


def _check_padding(mistakes: Mistakes, data: ClassificationData) -> None:
    if data.batching == "fixed" and data.max_length is None:
        expected = "Expected the length to which all texts are padded"
        hint = "Write `data.max_length: 100`, or another one"
        mistakes.add("data.batching", "fixed, but no data.max_length", expected, hint)
    if not data.mask and data.batching == "bucket":
        expected = "The model would see a different amount of padding in each bucket"
        hint = "Write `data.batching: fixed`, or leave `data.mask: true`"
        mistakes.add("data.mask", "false, and data.batching is bucket", expected, hint)
    if data.mask and data.padding == "pre":
        expected = "A masked padding changes nothing, on either side"
        hint = "Write `data.mask: false` to let the model see it"
        mistakes.add("data.padding", "pre, and data.mask is true", expected, hint)


def _check_labels(mistakes: Mistakes, data: ClassificationData) -> None:
    if data.labels is not None:
        fewest, different = 2 - data.dataset.several, set(map(label_name, data.labels))
        if len(data.labels) < fewest or len(different) < len(data.labels):
            expected = "Expected at least two different ones, each once"
            mistakes.add("data.labels", counted(len(data.labels), "label"), expected)
    if data.dataset.has_features:
        features, label = map(data.dataset.config_key, ("features", "label"))
        hint = f"Remove `{features}`, and name the column of `{label}`"
        got, expected = "numbers instead of labels", "Expected texts with labels"
        mistakes.add("data.dataset", got, expected, hint)
