"""Two parallel files, such as a translation corpus: line by line, a source and its target."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.data.datasets.kinds.pairs import PairedDataset
from rnnkit.data.formats.txt import COLUMN, Txt
from rnnkit.data.raw.labelled import places
from rnnkit.data.raw.pairs import Paired, Pairs
from rnnkit.data.read.files import find_file
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import RowsLeftOut
from rnnkit.quantities import counted

PARTS = {"train": "", "validation": "validation_", "test": "test_"}


class ParallelFiles(PairedDataset):
    """Two files of plain lines: the lines of one are sources, those of the other their targets."""

    origin: ClassVar[str] = "your own files"
    source: str = Field(description="the file of the sources, one per line; .gz is read as it is")
    target: str = Field(description="the file of the targets, one per line")
    validation_source: str | None = Field(
        None,
        description="separate files for validation; otherwise data.split.validation is held out",
    )
    validation_target: str | None = Field(None, description="the targets of validation")
    test_source: str | None = Field(None, description="separate files for the test")
    test_target: str | None = Field(None, description="the targets of the test")
    encoding: str = Field("utf-8", description="the files' character encoding")

    @model_validator(mode="after")
    def _both_sides(self) -> Self:
        for prefix in filter(None, PARTS.values()):
            for side, other in (("source", "target"), ("target", "source")):
                if getattr(self, prefix + side) and not getattr(self, prefix + other):
                    expected = f"Expected {prefix}{other} as well"
                    got = mistake("missing", expected, "Add the key")
                    raise mistakes_at([((prefix + other,), got)])
        return self

    def load(self) -> Paired:
        parts: dict[str, Pairs] = {}
        notes: list[str] = []
        for part, prefix in PARTS.items():
            if getattr(self, f"{prefix}source"):
                parts[part] = self._pairs(prefix, notes)
        return Paired(parts, notes)

    def _pairs(self, prefix: str, notes: list[str]) -> Pairs:
        sides = {}
        for side in ("source", "target"):
            with at(self.config_key(prefix + side)):
                file = find_file(getattr(self, prefix + side))
                rows = Txt(encoding=self.encoding).read(file)
                sides[str(file)] = [row.values[COLUMN].strip() for row in rows]
        if len(sides) < 2:
            got, place = "the same file as the source", self.config_key(f"{prefix}target")
            raise RnnkitError(place, got, "Expected the file of the targets")
        (source, sources), (target, targets) = sides.items()
        if len(sources) != len(targets):
            got = f"{target} has {counted(len(targets), 'line')}, {source} has {len(sources):,}"
            hint = "A line of each is one pair: leave lines without a translation empty"
            place = self.config_key(f"{prefix}target")
            raise RnnkitError(place, got, "Expected as many", hint)
        kept = [row for row, pair in enumerate(zip(sources, targets, strict=True)) if all(pair)]
        if empty := sorted(set(range(len(sources))) - set(kept)):
            shown = places([f"line {row + 1}" for row in empty])
            count = f"{counted(len(empty), 'pair')} with an empty side left out"
            notes.append(RowsLeftOut(f"{source}, {target}: {count}: {shown}"))
        if not kept:
            got = f"{source} and {target} have no pair"
            raise RnnkitError(self.config_key(f"{prefix}source"), got, "Expected lines in both")
        return Pairs(
            [sources[row] for row in kept],
            [targets[row] for row in kept],
            lambda index: f"{source}: row {kept[index] + 1}",
        )

    def fetch(self) -> str:
        with at(self.config_key("source")):
            source = find_file(self.source)
        with at(self.config_key("target")):
            return f"{source}, {find_file(self.target)}"
