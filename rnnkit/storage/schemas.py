"""The schemas of a run's JSON files; a file that only one part of rnnkit reads has its schema
there.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rnnkit.storage.records import Record

Count = Annotated[int, Field(ge=0, le=2**53)]
Number = Annotated[float, Field(allow_inf_nan=True)]


class Best(Record):
    """`best` in manifest.json: the epoch whose weights are kept."""

    epoch: Count = 0
    monitor: str = ""
    value: Number | None = None


class Manifest(Record):
    """manifest.json; answers do not depend on `best`, which `Best` checks where it is used."""

    format: int
    task: str
    sha256: str


class Environment(Record):
    """environment.json."""

    sample: bool
    backend: str = ""
    rnnkit: str = ""
    python: str = ""
    started: str = ""
    machine: str = ""
    system: str = ""
    libraries: dict[str, str | None] = Field(default_factory=dict)
    configs: list[str] = Field(default_factory=list)


class Scores(Record):
    """metrics.json: scores by part and by the model that reached them."""

    __pydantic_extra__: dict[str, dict[str, dict[str, Number | None]]] = Field(init=False)
