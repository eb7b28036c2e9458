"""The split of labelled texts and of pairs: at random, by group or by time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.config.unused import Unused
from rnnkit.data.raw.draws import Rows, grouped, last
from rnnkit.data.raw.groups import groups_of, require_groups, shared_groups
from rnnkit.data.raw.labelled import Examples, content
from rnnkit.data.raw.pairs import Pairs, same_source
from rnnkit.data.raw.sample import stratified_sample
from rnnkit.data.raw.split import Split
from rnnkit.data.raw.stratify import stratified
from rnnkit.data.raw.table import T, Table
from rnnkit.data.raw.timestamps import newest, timestamps
from rnnkit.data.raw.units import Units
from rnnkit.errors import RnnkitError
from rnnkit.progress import log
from rnnkit.quantities import counted

TOLERANCE = 0.05  # of the size of a part of pairs, when whole sources are drawn


class RowSplit(Split):
    """The base of splits of rows."""

    unit: ClassVar[str]
    """What messages call a row: "text"."""

    random_seed: int = Field(
        0, ge=0, lt=2**32, description="seed of the split, whatever the seed of the training"
    )
    group: str | int | None = Field(
        None,
        description=(
            "a column such as `patient`: rows of one group stay in one part, instead of equal rows"
        ),
    )
    time: str | int | None = Field(
        None, description="a column of times: the newest rows are held out, instead of random ones"
    )
    time_format: str | None = Field(
        None, description="the format of these times, as of strptime; ISO 8601 by default"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.group is not None and self.time is not None:
            expected, hint = "Expected one of the two", "Remove `group` or `time`"
            raise mistakes_at([(("time",), mistake("set, and so is group", expected, hint))])
        if self.time_format is not None and self.time is None:
            expected, hint = (
                "Expected the column of these times",
                "Add `data.split.time`, or remove this key",
            )
            raise mistakes_at([(("time_format",), mistake("set without time", expected, hint))])
        return self

    def unused_with(self, own: Collection[str]) -> Iterator[Unused]:
        yield from super().unused_with(own)
        is_held, method = bool(self.held_out(own, sample=False)), getattr(self, "method", "")
        reason = "nothing is held out of the training set"
        for key in () if is_held else ("method", "time", "time_format"):
            yield Unused(key, reason)  # groups are also checked in the parts of the data set
        if self.train_fraction == 1 and not (is_held and self.time is None and method != "last"):
            yield Unused("random_seed", "no row is drawn by chance" if is_held else reason)

    @property
    def columns(self) -> dict[str, str]:
        """The columns that it reads, by config key."""
        keys = {"group": self.group, "time": self.time}
        return {key: str(column) for key, column in keys.items() if column is not None}

    @property
    def kept_columns(self) -> dict[str, str]:
        """The columns that a data set must read for it, each with its full config key."""
        return {column: f"data.split.{key}" for key, column in self.columns.items()}

    def divide(self, parts: dict[str, T], *, sample: bool) -> dict[str, T]:
        """Splits the training set, and adds the parts that the data set already has.

        Args:
            parts: The parts of the data set, "train" among them.
            sample: Whether they are only a small sample, which may have too few rows for a part,
                and lacks the extra columns.

        Raises:
            RnnkitError: If a held-out part would be empty.
        """
        divided = self._held_out(parts, sample=sample)
        if sample or self.train_fraction == 1:
            return divided
        whole = divided["train"]
        rows = stratified_sample(self.labels(whole), self.trained_on(len(whole)), self.random_seed)
        return divided | {"train": whole.take(rows)}

    def _held_out(self, parts: dict[str, T], *, sample: bool) -> dict[str, T]:
        """The parts, before `train_fraction` reduces the training set."""
        shares = self.held_out(parts, sample=sample)
        if self.group is not None and not sample:
            for line in shared_groups(parts, self.columns["group"], self.unit):
                log.warning(f"data.split.group: {line}")
        if not shares:
            return parts
        whole = parts["train"]
        if sample or not self.columns:
            rows = self.drawn(whole, shares)
        elif self.time is not None:
            rows = self._by_time(whole, shares)
        else:
            rows = self._by_group(whole, shares)
        filled = {part: chosen for part, chosen in rows.items() if len(chosen)}
        if not sample:
            self._require_all(whole, shares, {*filled, *(parts.keys() - rows.keys())})
        return parts | {part: whole.take(chosen) for part, chosen in filled.items()}

    @abstractmethod
    def drawn(self, whole: Any, shares: Mapping[str, float]) -> Rows:
        """The rows of each part, if split neither by group nor by time."""

    @abstractmethod
    def labels(self, whole: Any) -> Sequence[tuple[str, ...]]:
        """The labels of each row, by which groups are stratified."""

    @abstractmethod
    def contents(self, whole: Any) -> Sequence[Any]:
        """A hashable key for each row that is equal for equal rows."""

    def _by_group(self, whole: Table, shares: Mapping[str, float]) -> Rows:
        groups, labels = groups_of(whole, self.columns["group"]), self.labels(whole)
        has_group = np.array(list(map(bool, groups)), bool)
        self._remark_missing(whole, ~has_group)
        known = np.flatnonzero(has_group)
        keys = [groups[row] for row in known.tolist()]
        units = Units.of(keys, [labels[row] for row in known.tolist()])
        rows = stratified(units, shares, self.random_seed, exact=True)
        parts = {part: known[chosen] for part, chosen in rows.items()}
        train = np.sort(np.concatenate([parts["train"], np.flatnonzero(~has_group)]))
        return parts | {"train": train}

    def _by_time(self, whole: Table, shares: Mapping[str, float]) -> Rows:
        values = whole.columns[self.columns["time"]]
        times = timestamps(values, self.time_format, whole.place)
        self._remark_missing(whole, np.isnan(times))
        return newest(times, shares)

    def _remark_missing(self, whole: Table, is_missing: np.ndarray) -> None:
        """Warns of rows without a group or time, which are trained on."""
        ((key, column),) = self.columns.items()
        rows = np.flatnonzero(is_missing).tolist()
        if len(rows) == len(whole):
            got = f"{column!r} is empty in each of {counted(len(whole), 'row')}"
            raise RnnkitError(f"data.split.{key}", got, "Expected a column", "Name another one")
        if rows:
            first = whole.place(rows[0])
            log.warning(
                f"data.split.{key}: {counted(len(rows), self.unit)} without {column} (the first:"
                f" {first}) trained on"
            )

    def _require_all(self, whole: Table, shares: Mapping[str, float], filled: set[str]) -> None:
        """Checks that every requested part has rows.

        Raises:
            RnnkitError: If one is empty, with the reason.
        """
        empty = [part for part in shares if part not in filled]
        leave = counted(len(whole), f"{self.unit} leaves", f"{self.unit}s leave")
        if empty and self.group is not None:
            require_groups(whole, self.columns["group"], len(shares) + 1, self.unit)
        if empty and round(shares[empty[0]] * len(whole)) > 0:
            got = f"{leave} the {empty[0]} part empty"
            expected, hint = self._why_empty(whole)
            hint += f", or `data.split.{empty[0]}: 0` for none"
            raise RnnkitError("data.split", got, expected, hint)
        self.require_parts(filled, leave, f"one {self.unit}")

    def _why_empty(self, whole: Table) -> tuple[str, str]:
        """What a split that left a part empty needs, and what to do."""
        if self.time is not None:
            return f"Expected different times in the column {self.time!r}", "Name another column"
        if self.group is not None:
            expected = f"Expected several groups in the column {self.group!r} with each label"
            return expected, "Name another column"
        different = len(set(self.contents(whole)))
        if different <= len(whole) / 2:
            there = f"more different {self.unit}s than {different:,}"
            expected = f"Expected {there}: equal ones stay in one part"
            return expected, f"More {self.unit}s"
        expected = f"Expected labels that several {self.unit}s have"
        return expected, f"More {self.unit}s with each label"


class LabelledSplit(RowSplit):
    """Which fraction of the texts is held out, and how; equal texts stay in one part."""

    unit: ClassVar[str] = "text"
    method: Literal["stratified", "last"] = Field(
        "stratified", description="stratified: at random, by label; last: the last texts"
    )

    @model_validator(mode="after")
    def _one_method(self) -> Self:
        if self.method == "last" and self.columns:
            key = next(iter(self.columns))
            expected, hint = "Expected one of the two", f"Remove `method` or `{key}`"
            raise mistakes_at([(("method",), mistake(f"last, and {key}", expected, hint))])
        return self

    def drawn(self, whole: Examples, shares: Mapping[str, float]) -> Rows:
        if self.method == "last":
            return last(len(whole), shares)
        units = Units.of(self.contents(whole), whole.labels)
        return stratified(units, shares, self.random_seed)

    def contents(self, whole: Examples) -> Sequence[Any]:
        return [content(text) for text in whole.texts]

    def labels(self, whole: Examples) -> Sequence[tuple[str, ...]]:
        return whole.labels


class PairSplit(RowSplit):
    """Which fraction of the pairs is held out, at random; pairs of one source stay together."""

    unit: ClassVar[str] = "pair"

    def drawn(self, whole: Pairs, shares: Mapping[str, float]) -> Rows:
        rows = grouped(whole.sources, shares, self.random_seed)
        sizes = {part: share * len(whole) for part, share in shares.items()}
        if all(
            abs(len(rows[part]) - size) <= max(1, TOLERANCE * size) for part, size in sizes.items()
        ):
            return rows
        # few sources, some with many targets
        units = Units.of(self.contents(whole), self.labels(whole))
        return stratified(units, shares, self.random_seed, exact=True)

    def contents(self, whole: Pairs) -> Sequence[Any]:
        return [same_source(source) for source in whole.sources]

    def labels(self, whole: Pairs) -> Sequence[tuple[str, ...]]:
        return [()] * len(whole)
