"""The keys of tables of texts and labels, in files or in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Self

from pydantic import Field, ValidationError, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.config.unused import Unused
from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.datasets.kinds.table import NumberKeys
from rnnkit.data.formats.format import Rows
from rnnkit.data.raw.labelled import Labelled
from rnnkit.data.read.columns import Columns
from rnnkit.data.read.labelled import read_labelled


class LabelledTableDataset(NumberKeys, LabelledDataset):
    """Texts and labels in the columns of a table."""

    has_columns: ClassVar[bool] = True
    file_keys: ClassVar[tuple[str, ...]] = ("text", "label", "features", "label_delimiter")

    text: str | int | list[str | int] = Field(
        "text",
        description=(
            "the column of the text: its name, or its number from 0 where there is no header; or a"
            " list of columns, whose texts are joined in this order"
        ),
    )
    text_separator: str = Field(
        " ", description="the separator between the texts of several columns"
    )
    label: str | int | list[str | int] = Field(
        "label",
        description=(
            "the column of the label, or a list of columns of zeros and ones, one for each label"
        ),
    )
    features: list[str | int] | str | int | None = Field(
        None,
        description=(
            "columns of numbers that describe each text instead of a label, or one column with a "
            "list of numbers"
        ),
    )
    multi_label: bool = Field(
        False,
        description=(
            "whether a text may have several labels, or none; a list of columns says so too"
        ),
    )
    label_delimiter: str = Field(
        "|", min_length=1, description="the separator of several labels in one column"
    )

    weight: str | int | None = Field(
        None,
        description=(
            "a column with the weight of each text in the training loss; scores weigh every text "
            "equally"
        ),
    )

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        labels = self.label if isinstance(self.label, list) else [self.label]
        if not labels:
            raise _wrong("label", "an empty list", "Expected a column, or one for each label")
        if self.features == []:
            raise _wrong("features", "an empty list", "Expected a column, or several")
        texts = self.text_columns
        if not texts:
            raise _wrong("text", "an empty list", "Expected a column, or several")
        for key, columns in (("label", labels), ("features", self._feature_columns)):
            if both := [column for column in columns if str(column) in texts]:
                got = f"{both[0]!r} is also the column of the text"
                raise _wrong(key, got, "Expected another column")
        return self

    @model_validator(mode="after")
    def _separators_separate(self) -> Self:
        if self.label_delimiter != "|" and not self.several:
            got, expected = "set, but a text has one label", "Expected `multi_label: true` as well"
            raise _wrong("label_delimiter", got, expected, "Add it, or remove label_delimiter")
        if self.text_separator != " " and len(self.text_columns) == 1:
            got, expected = (
                "set, but the text is one column",
                "Expected a list of columns as `text`",
            )
            raise _wrong("text_separator", got, expected, "Remove it")
        return self

    def unused(self) -> Iterator[Unused]:
        if self.has_features:
            for key in ("label", "multi_label"):
                yield Unused(key, "features replace labels")
        elif isinstance(self.label, list):
            yield Unused("multi_label", "a list of columns as label says so too")
        if not self.has_features and not self.has_weights:
            for key in NumberKeys.model_fields:
                yield Unused(key, "no column of numbers is read: neither features nor weight")

    @property
    def _feature_columns(self) -> list[str | int]:
        columns = [] if self.features is None else self.features
        return columns if isinstance(columns, list) else [columns]

    @property
    def delimiter(self) -> str:
        return self.label_delimiter

    @property
    def has_features(self) -> bool:
        return self.features is not None

    @property
    def has_weights(self) -> bool:
        return self.weight is not None

    @property
    def several(self) -> bool:
        return not self.has_features and (self.multi_label or isinstance(self.label, list))

    @property
    def columns(self) -> Columns:
        """The columns of the table to read."""
        label = tuple(map(str, self.label)) if isinstance(self.label, list) else str(self.label)
        texts = self.text_columns
        keys = {texts[0]: "text"} if len(texts) == 1 else {}
        return Columns(
            texts,
            label,
            self.label_delimiter if self.several else None,
            tuple(map(str, self._feature_columns)),
            self.numbers,
            keys | ({label: "label"} if isinstance(label, str) else {}),
            separator=self.text_separator,
        )

    @property
    def text_columns(self) -> tuple[str, ...]:
        return tuple(map(str, self.text if isinstance(self.text, list) else [self.text]))

    @property
    def joint(self) -> str:
        return self.text_separator

    @property
    def _names(self) -> tuple[str, str]:
        texts, label = self.text_columns, self.label
        return texts[0], str(label[0] if isinstance(label, list) else label)

    def _of_rows(self, rows: Rows) -> Labelled:
        examples, notes = read_labelled(rows, self.columns)
        return Labelled({"data": examples}, notes)

    def columns_of(self, part: str) -> Columns:
        """The columns of a part to read; only the training set needs sample weights and the columns
        of the split.
        """
        columns = replace(self.columns, kept=self.kept, needs_kept=part == "train")
        if part != "train" or self.weight is None:
            return columns
        column = str(self.weight)
        return replace(columns, weight=column, keys={**columns.keys, column: "weight"})

    def remarks(self) -> list[str]:
        """A line about texts joined from several columns."""
        if len(self.text_columns) == 1:
            return []
        named = " and ".join(map(repr, self.text_columns))
        return [f"a text is {named}, joined by {self.text_separator!r} (text_separator)"]


def _wrong(key: str, got: str, expected: str, hint: str = "") -> ValidationError:
    return mistakes_at([((key,), mistake(got, expected, hint))])
