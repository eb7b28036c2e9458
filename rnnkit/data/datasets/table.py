"""The user's own tables of texts and labels: CSV, TSV and JSON lines."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

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
    text: str | int = Field(
        "text",
        description=(
            "the column of the text: its name, or its number from 0 where there is no header"
        ),
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

    @model_validator(mode="after")
    def _text_is_no_label(self) -> Self:
        labels = self.label if isinstance(self.label, list) else [self.label]
        if not labels:
            raise mistakes_at(
                [(("label",), mistake("an empty list", "Expected a column, or one for each label"))]
            )
        if repeated := [label for label in labels if labels.count(label) > 1]:
            raise mistakes_at(
                [(("label",), mistake(f"{repeated[0]!r} twice", "Expected each column once"))]
            )
        for key, columns in (("label", labels), ("features", self._feature_columns)):
            if self.text in columns:
                raise mistakes_at(
                    [
                        (
                            (key,),
                            mistake(
                                f"{self.text!r} is the column of the text too",
                                "Expected another column",
                            ),
                        )
                    ]
                )
        if self.label_delimiter != "|" and not self.several:
            expected = "Expected `multi_label: true` as well"
            raise mistakes_at(
                [
                    (
                        ("label_delimiter",),
                        mistake(
                            "set, but a text has one label",
                            expected,
                            "Add it, or remove label_delimiter",
                        ),
                    )
                ]
            )
        if self.features == []:
            raise mistakes_at(
                [(("features",), mistake("an empty list", "Expected a column, or several"))]
            )
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
    def several(self) -> bool:
        return not self.has_features and (self.multi_label or isinstance(self.label, list))

    @property
    def columns(self) -> Columns:
        """Where the table keeps texts and labels."""
        label = tuple(map(str, self.label)) if isinstance(self.label, list) else str(self.label)
        return Columns(
            str(self.text),
            label,
            self.label_delimiter if self.several else None,
            tuple(map(str, self._feature_columns)),
            self.numbers,
            {str(self.text): "text"} | ({label: "label"} if isinstance(label, str) else {}),
        )

    @property
    def text_column(self) -> str:
        return str(self.text)

    def own_format(self) -> Format:
        """How the data set's own files are read."""
        keys = TableKeys.model_fields.keys() & type(self).model_fields.keys()
        return with_keys(lookup("format", self.kind)(), {key: getattr(self, key) for key in keys})

    def load(self) -> Labelled:
        parts: dict[str, Examples] = {}
        notes: list[str] = []
        for part, key in PARTS.items():
            if path := getattr(self, key):
                with at(self.config_key(key)):
                    file = find_file(path, f"a {self.kind.upper()} file")
                    kept = self.kept if part == "train" else {}
                    parts[part], left_out = read_labelled(
                        self.own_format().read(file), replace(self.columns, kept=kept)
                    )
                notes += left_out
        return Labelled(parts, notes)

    def read(self, path: str) -> Labelled:
        file, kind = find_file(path, "a table of texts and labels"), self.own_format()
        if not has_suffix(file, Txt):
            kind = self.format_of(file, TABLES, otherwise=self.kind)
        examples, notes = read_labelled(kind.read(file), self.columns)
        return Labelled({"data": examples}, notes)

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path))


class Csv(TableKeys, _Table):
    """A CSV file with a column of texts and a column of labels."""

    kind: ClassVar[Kind] = "csv"
    separator: Separator = Field(",", description="the separator of the fields: , ; | or tab")
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
    separator: Separator = Field("tab", description="the separator of the fields: tab , ; or |")
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
