"""Tables of tab-separated fields."""

from __future__ import annotations

from typing import ClassVar

from rnnkit.data.formats.csv import DelimitedFormat


class Tsv(DelimitedFormat):
    """Tab-separated values."""

    suffixes: ClassVar[tuple[str, ...]] = (".tsv",)

    @property
    def delimiter(self) -> str:
        return "\t"
