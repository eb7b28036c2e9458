"""The keys of tables of pairs, in files or in memory."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.kinds.pairs import PairedDataset


class PairedTableDataset(PairedDataset):
    """Sources and targets in the columns of a table."""

    has_columns: ClassVar[bool] = True
    file_keys: ClassVar[tuple[str, ...]] = ("source", "target")

    source: str | int = Field(
        "source",
        description=(
            "the column of the source: its name, or its number from 0 where there is no header"
        ),
    )
    target: str | int = Field("target", description="the column of the target")

    @model_validator(mode="after")
    def _two_columns(self) -> Self:
        if str(self.source) == str(self.target):
            raise mistakes_at(
                [
                    (
                        ("target",),
                        mistake(
                            f"{self.target!r} is also the column of the source",
                            "Expected another column",
                        ),
                    )
                ]
            )
        return self

    @property
    def text_column(self) -> str:
        return str(self.source)
