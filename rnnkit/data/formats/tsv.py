"""Tables of tab-separated fields."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from rnnkit.data.formats.csv import DelimitedFormat, Separator


class Tsv(DelimitedFormat):
    """Tab-separated values."""

    suffixes: ClassVar[tuple[str, ...]] = (".tsv",)

    separator: Separator = Field("tab", description="the separator of the fields")
    quotes: bool = Field(
        False,
        description=(
            "whether double quotes enclose fields that hold tabs or line ends; else they are plain"
            " characters, but in rows whose every field they enclose for that reason"
        ),
    )
