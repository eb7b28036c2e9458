"""The keys of data sets in tables: the dialect of files, and the notation of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.config.spec import Spec
from rnnkit.data.formats.choose import TABLES, format_of
from rnnkit.data.formats.csv import Separator
from rnnkit.data.formats.format import Format
from rnnkit.data.formats.tsv import Tsv
from rnnkit.data.read.number_format import NumberFormat

Mark = str | int | float


def _texts(marks: Mark | Sequence[Mark]) -> tuple[str, ...]:
    """One mark, or several, as texts."""
    return tuple(map(str, [marks] if isinstance(marks, Mark) else marks))


class TableKeys(Spec):
    """How a table is written; each format uses the keys that it has."""

    file_keys: ClassVar[tuple[str, ...]] = (
        "encoding",
        "header",
        "separator",
        "quotes",
        "skip_rows",
    )

    encoding: str = Field("utf-8", description="the file's character encoding")
    header: bool = Field(
        True,
        description="whether the first row of a csv or tsv file names the columns; else they are"
        " 0, 1 and so on",
    )
    separator: Separator | None = Field(
        None, description="the separator of the fields of a csv file: , ; | tab or whitespace"
    )
    quotes: bool | None = Field(
        None,
        description=(
            "whether double quotes enclose fields that hold separators or line ends; else they are"
            " plain characters; unset: of csv they do, of tsv they do not"
        ),
    )
    skip_rows: int = Field(
        0, ge=0, description="lines above the header of a csv or tsv file, such as comments"
    )

    def table_format(self, file: Path) -> Format:
        """The format of a table, by its suffix.

        Raises:
            RnnkitError: If the suffix is not that of a table.
        """
        return self.written_as(type(format_of(file, TABLES)))

    def written_as(self, kind: type[Format]) -> Format:
        """A format with the keys that it has."""
        keys = {
            name: getattr(self, name)
            for name in TableKeys.model_fields
            if name in kind.model_fields and getattr(self, name) is not None
        }
        # configs of earlier runs have the comma of csv for tsv files as well
        if kind is Tsv and keys.get("separator") == ",":
            del keys["separator"]
        return kind.model_validate(keys)


class NumberKeys(Spec):
    """How the numbers of a table are written."""

    file_keys: ClassVar[tuple[str, ...]] = ("decimal", "thousands", "units", "missing")
    unbounded: ClassVar[tuple[str, ...]] = ("missing",)

    decimal: Literal[".", ","] = Field(".", description="the decimal mark")
    thousands: Literal["", ",", ".", " ", "'", "\u2019"] = Field(
        "", description="the separator of thousands: , . a space or an apostrophe"
    )
    units: str | list[str] = Field(
        [], description="texts before or after a number that are dropped, such as $ or %"
    )
    missing: Mark | list[Mark] = Field(
        [],
        description=(
            "what marks a missing number, such as ? or -999, besides an empty cell, NA, N/A,"
            " #N/A, nan, null and None"
        ),
    )

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.decimal == self.thousands:
            got = f"{self.thousands!r} is the decimal mark too"
            hint = f"Set `decimal: '{'.' if self.decimal == ',' else ','}'` as well"
            raise mistakes_at([(("thousands",), mistake(got, "Expected another", hint))])
        return self

    @property
    def numbers(self) -> NumberFormat:
        """The notation of numbers."""
        missing, units = _texts(self.missing), _texts(self.units)
        return NumberFormat(self.decimal, self.thousands, missing, units)
