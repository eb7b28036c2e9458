"""What data sets in memory have in common: whom they ask for their data, and what they keep."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, PrivateAttr

from rnnkit.config.spec import validated
from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.memory.held import Held, held, held_tables, hold, keep, kept
from rnnkit.data.memory.table import Table
from rnnkit.errors import RnnkitError

ARGUMENTS = {"train": "data", "validation": "validation", "test": "test"}
"""What the data of a part are called in Python."""


class MemoryDataset(Dataset):
    """Data that were given to `rnnkit.train` in Python."""

    origin: ClassVar[str] = "given in Python: rnnkit.train(config, data=...)"
    fingerprint: str = Field("", description="differs where the data differ; rnnkit writes it")

    _held: Held | None = PrivateAttr(None)
    _folder: Path | None = PrivateAttr(None)
    _keeps: bool = PrivateAttr(False)

    @classmethod
    def of(
        cls, parts: Mapping[str, object], keys: Mapping[str, Any], *, keep_data: bool = False
    ) -> Self:
        """The data set of data in memory.

        Args:
            parts: The data of each part, at least "train".
            keys: The keys of the data set, such as {"text": "review"}.
            keep_data: Whether the run folder keeps them.

        Raises:
            RnnkitError: With the argument, if they are not such data, or a key is wrong.
        """
        dataset = cls._of(parts, keys, keep_data)
        dataset = dataset.model_copy(update={"fingerprint": dataset.held.fingerprint})
        dataset._held, dataset._keeps = hold(dataset.held), keep_data
        return dataset

    @classmethod
    def _of(cls, parts: Mapping[str, object], keys: Mapping[str, Any], keep_data: bool) -> Self:
        """The data set, with the data."""
        tables, known = cls.tables(parts)
        dataset = validated(cls, {**known, **keys})
        dataset._held = held_tables(tables, dataset.used)
        return dataset

    @classmethod
    def tables(cls, parts: Mapping[str, object]) -> tuple[dict[str, Table], dict[str, Any]]:
        """Each part as a table, and keys that are known of it.

        Raises:
            RnnkitError: If a part is none.
        """
        raise NotImplementedError

    @property
    @abstractmethod
    def used(self) -> list[str]:
        """The columns that are read."""

    @property
    def held(self) -> Held:
        """The data.

        Raises:
            RnnkitError: If nobody has them.
        """
        known = self._held or held(self.fingerprint)
        if known is None and self._folder is not None:
            known = kept(self._folder, self.fingerprint)
        if known is None:
            got = "the run was trained on data in memory, which its folder does not keep"
            hint = "Write `rnnkit.load_run(name, data=...)`, or train with `keep_data=True`"
            raise RnnkitError("data", got, "Expected the same data", hint)
        return known

    @property
    def own_parts(self) -> Collection[str]:
        known = self._held or held(self.fingerprint)  # nobody may have them: then none is known
        return {*known.tables, *known.arrays} - {"train"} if known else ()

    def again(self, parts: Mapping[str, object]) -> Held:
        """The data of a run, which are given once more.

        Raises:
            RnnkitError: If they are others.
        """
        keys = {name: getattr(self, name) for name in type(self).model_fields}
        known = type(self).of(parts, {**keys, "fingerprint": ""}).held
        if known.fingerprint != self.fingerprint:
            got = "not the data that the run was trained on"
            raise RnnkitError("data", got, "Expected the same ones")
        return known

    def found_in(self, folder: Path) -> None:
        self._folder = folder

    def keep_in(self, folder: Path) -> None:
        source = self._folder  # a run that is trained anew keeps what the first one keeps
        if self._keeps or (source and source != folder and kept(source, self.fingerprint)):
            keep(self.held, folder, self.used)

    def fetch(self) -> str:
        return "given in memory: nothing to fetch"

    @classmethod
    def config_key(cls, field: str = "") -> str:
        """The argument of Python that names the data, or a field of them."""
        return field or "data"
