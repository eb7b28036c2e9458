"""The base of data sets in memory: where their data are found, and what a run folder keeps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, PrivateAttr

from rnnkit.config.spec import validated
from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.memory.data import (
    MemoryData,
    data_of_tables,
    find,
    read_data,
    register,
    write_data,
)
from rnnkit.data.memory.table import Table
from rnnkit.errors import RnnkitError

ARGUMENTS = {"train": "data", "validation": "validation", "test": "test"}
"""The argument of `rnnkit.train` with the data of each part."""


class MemoryDataset(Dataset):
    """Data passed to `rnnkit.train` in Python."""

    origin: ClassVar[str] = "given in Python: rnnkit.train(config, data=...)"
    fingerprint: str = Field("", description="differs where the data differ; rnnkit writes it")

    _held: MemoryData | None = PrivateAttr(None)
    _folder: Path | None = PrivateAttr(None)
    _keeps: bool = PrivateAttr(False)

    @classmethod
    def of(
        cls, parts: Mapping[str, object], keys: Mapping[str, Any], *, keep_data: bool = False
    ) -> Self:
        """Creates a data set from data in memory.

        Args:
            parts: The data of each part, at least "train".
            keys: The keys of the data set, such as {"text": "review"}.
            keep_data: Whether to write the data to the run folder.

        Raises:
            RnnkitError: If the data or a key are invalid, with the argument.
        """
        dataset = cls._of(parts, keys, keep_data)
        dataset = dataset.model_copy(update={"fingerprint": dataset.held.fingerprint})
        dataset._held, dataset._keeps = register(dataset.held), keep_data
        return dataset

    @classmethod
    def _of(cls, parts: Mapping[str, object], keys: Mapping[str, Any], keep_data: bool) -> Self:
        """Creates the data set; its fingerprint is still missing."""
        tables, known = cls.tables(parts)
        dataset = validated(cls, {**known, **keys})
        dataset._held = data_of_tables(tables, dataset.used)
        return dataset

    @classmethod
    def tables(cls, parts: Mapping[str, object]) -> tuple[dict[str, Table], dict[str, Any]]:
        """Converts each part to a table, with the keys that can be derived from the data.

        Raises:
            RnnkitError: If a part cannot be converted.
        """
        raise NotImplementedError

    @property
    @abstractmethod
    def used(self) -> list[str]:
        """The columns that the data set reads."""

    @property
    def held(self) -> MemoryData:
        """The data.

        Raises:
            RnnkitError: If they are neither in memory nor in the run folder.
        """
        data = self._held or find(self.fingerprint)
        if data is None and self._folder is not None:
            data = read_data(self._folder, self.fingerprint)
        if data is None:
            got = "the run was trained on data in memory, which its folder does not keep"
            hint = "Write `rnnkit.load_run(name, data=...)`, or train with `keep_data=True`"
            raise RnnkitError("data", got, "Expected the same data", hint)
        return data

    @property
    def own_parts(self) -> Collection[str]:
        data = self._held or find(self.fingerprint)  # they need not be in memory any more
        return {*data.tables, *data.arrays} - {"train"} if data else ()

    def again(self, parts: Mapping[str, object]) -> MemoryData:
        """Accepts the data of a run that are passed again.

        Raises:
            RnnkitError: If they differ from the data that it was trained on.
        """
        keys = {name: getattr(self, name) for name in type(self).model_fields}
        data = type(self).of(parts, {**keys, "fingerprint": ""}).held
        if data.fingerprint != self.fingerprint:
            got = "not the data that the run was trained on"
            raise RnnkitError("data", got, "Expected the same ones")
        return data

    def found_in(self, folder: Path) -> None:
        self._folder = folder

    def keep_in(self, folder: Path) -> None:
        source = self._folder  # a run trained again keeps its data if the first one did
        if self._keeps or (source and source != folder and read_data(source, self.fingerprint)):
            write_data(self.held, folder, self.used)

    def fetch(self) -> str:
        return "given in memory: nothing to fetch"

    @classmethod
    def config_key(cls, field: str = "") -> str:
        """The Python argument with the data, or a field of the data set."""
        return field or "data"
