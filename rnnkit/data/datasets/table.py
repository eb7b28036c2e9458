"""The user's own tables of texts and labels: CSV, TSV and JSON lines."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal, Self

from pydantic import Field, ValidationError, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.kinds.base import PARTS
from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.datasets.kinds.table import NumberKeys, TableKeys
from rnnkit.data.formats.choose import TABLES, has_suffix, with_keys
from rnnkit.data.formats.csv import Separator
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.txt import Txt
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.read.files import find_file
from rnnkit.data.read.labelled import Columns, read_labelled
from rnnkit.errors import at
from rnnkit.registry import lookup

Kind = Literal["csv", "tsv", "jsonl", "parquet", "arrow"]


class _Table(NumberKeys, LabelledDataset):
    """What the three kinds have in common."""

    short: ClassVar[str | None] = "path"
    origin: ClassVar[str] = "the user's own file"
    has_columns: ClassVar[bool] = True
    kind: ClassVar[Kind]
    file_keys: ClassVar[tuple[str, ...]] = ("text", "label", "features", "label_delimiter")

    path: str = Field(description="the file to train on; .gz is read as it is")
    validation_path: str | None = Field(
        None, description="a file of its own for validation; else data.split.validation is held out"
    )
    test_path: str | None = Field(None, description="a file of its own for the test")
    text: str | int | list[str | int] = Field(
        "text",
        description=(
            "the column of the text: its name, or its number from 0 where there is no header; or a"
            " list of columns, whose texts are joined in this order"
        ),
    )
    text_separator: str = Field(" ", description="what stands between the texts of several columns")
    label: str | int | list[str | int] = Field(
        "label",
        description=(
            "the column of the label, or a list of columns of zeros and ones, one for each label"
        ),
    )
    features: list[str | int] | str | int | None = Field(
        None,
        description=(
            "columns of numbers that describe each text in place of a label, or one column with a"
            " list of them"
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
            "a column that says how much each text counts in the loss of training; scores count"
            " every text alike"
        ),
    )

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        labels = self.label if isinstance(self.label, list) else [self.label]
        if not labels:
            raise _wrong("label", "an empty list", "Expected a column, or one for each label")
        if repeated := [label for label in labels if labels.count(label) > 1]:
            raise _wrong("label", f"{repeated[0]!r} twice", "Expected each column once")
        if self.features == []:
            raise _wrong("features", "an empty list", "Expected a column, or several")
        texts = self.text_columns
        if len(set(texts)) < max(1, len(texts)):
            expected = "Expected one, or several, each once"
            raise _wrong("text", f"a list of {len(texts)} columns", expected)
        for key, columns in (("label", labels), ("features", self._feature_columns)):
            if both := [column for column in columns if str(column) in texts]:
                got = f"{both[0]!r} is the column of the text too"
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

    @property
    def _feature_columns(self) -> list[str | int]:
        given = [] if self.features is None else self.features
        return given if isinstance(given, list) else [given]

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
        """Where the table keeps texts and labels."""
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

    def own_format(self) -> Format:
        """How the data set's own files are read."""
        keys = TableKeys.model_fields.keys() & type(self).model_fields.keys()
        return with_keys(lookup("format", self.kind)(), {key: getattr(self, key) for key in keys})

    def load(self) -> Labelled:
        parts: dict[str, Examples] = {}
        notes = self._remarks()
        for part, key in PARTS.items():
            if path := getattr(self, key):
                with at(self.config_key(key)):
                    file = find_file(path, f"a {self.kind.upper()} file")
                    columns = self._with_weight() if part == "train" else self.columns
                    columns = replace(columns, kept=self.kept, needs_kept=part == "train")
                    parts[part], left_out = read_labelled(self.own_format().read(file), columns)
                notes += left_out
        return Labelled(parts, notes)

    def _with_weight(self) -> Columns:
        """The columns of the training part, which alone needs weights."""
        if self.weight is None:
            return self.columns
        column, columns = str(self.weight), self.columns
        return replace(columns, weight=column, keys={**columns.keys, column: "weight"})

    def _remarks(self) -> list[str]:
        if len(self.text_columns) == 1:
            return []
        named = " and ".join(map(repr, self.text_columns))
        return [f"a text is {named}, joined by {self.text_separator!r} (text_separator)"]

    def read(self, path: str) -> Labelled:
        file, kind = find_file(path, "a table of texts and labels"), self.own_format()
        if not has_suffix(file, Txt):
            kind = self.format_of(file, TABLES, otherwise=self.kind)
        examples, notes = read_labelled(kind.read(file), self.columns)
        return Labelled({"data": examples}, notes)

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path))


def _wrong(key: str, got: str, expected: str, hint: str = "") -> ValidationError:
    return mistakes_at([((key,), mistake(got, expected, hint))])


class Csv(TableKeys, _Table):
    """A CSV file with a column of texts and a column of labels."""

    kind: ClassVar[Kind] = "csv"
    separator: Separator = Field(",", description="between fields: , ; | tab or whitespace")
    quotes: bool = Field(
        True,
        description=(
            "whether double quotes enclose fields that hold separators or line ends; else they are"
            " plain characters"
        ),
    )


class Tsv(TableKeys, _Table):
    """A file of tab-separated columns, with texts and labels."""

    kind: ClassVar[Kind] = "tsv"
    separator: Separator = Field("tab", description="between fields: tab , ; | or whitespace")
    quotes: bool = Field(
        False,
        description=(
            "whether double quotes enclose fields that hold tabs or line ends; else they are plain"
            " characters"
        ),
    )


class JsonLines(_Table):
    """A file with one JSON object a line, with a text and a label."""

    kind: ClassVar[Kind] = "jsonl"
    encoding: str = Field("utf-8", description="how the file's bytes become text")


class Parquet(_Table):
    """A Parquet file with a column of texts and a column of labels."""

    kind: ClassVar[Kind] = "parquet"


class Arrow(_Table):
    """An Arrow or Feather file with a column of texts and a column of labels."""

    kind: ClassVar[Kind] = "arrow"
