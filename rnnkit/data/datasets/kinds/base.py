"""What every data set is: a spec that brings raw examples, in the parts of its authors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from pydantic import PrivateAttr

from rnnkit.config.spec import Spec, validated
from rnnkit.data.datasets.kinds.further import keys_of_file
from rnnkit.data.formats.choose import format_of
from rnnkit.data.formats.format import Format
from rnnkit.data.raw.reference_scores import ReferenceScores
from rnnkit.errors import RnnkitError
from rnnkit.registry import name_of

PARTS = {"train": "path", "validation": "validation_path", "test": "test_path"}
"""The part that each field of a data set in files names."""

COLUMNS_OF_TOKENS = ("word", "tag")
"""Keys that are numbers of columns in one format and names in another."""


class Dataset(Spec):
    """The base of every data set."""

    origin: ClassVar[str] = ""
    licence: ClassVar[str] = ""
    has_columns: ClassVar[bool] = False
    """Whether its training set can keep further columns, such as a group that stays in one part.
    """
    groups: ClassVar[tuple[str, ...]] = ()
    """Further columns that its examples have where it is no table, by which a split may group them:
    the document that a sentence is in.
    """
    file_keys: ClassVar[tuple[str, ...]] = ()
    """The keys that may be others for a further file, besides those of its format."""
    further_columns: ClassVar[Mapping[str, str]] = {}
    """The columns of a further table, where the data set itself has no keys for them."""

    brings: ClassVar[tuple[str, ...]] = ()
    """The parts besides "train" that every copy of it has."""

    _kept: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def own_parts(self) -> Collection[str]:
        """The parts that it brings besides "train": nothing is held out for them."""
        keys = {part: (f"{part}_path", f"{part}_source") for part in ("validation", "test")}
        named = [part for part, of in keys.items() if any(getattr(self, key, "") for key in of)]
        return [*self.brings, *named]

    @property
    def kept(self) -> dict[str, str]:
        """The further columns that its training set keeps, and the keys that name them."""
        return self._kept

    def keeping(self, columns: Mapping[str, str]) -> Self:
        """The same data set, whose training set keeps further columns.

        Args:
            columns: Each with the key of the config that names it: {"patient": "group"}.
        """
        copy = self.model_copy()
        copy._kept = dict(columns)
        return copy

    def own_format(self) -> Format | None:
        """How the data set's own file is read; None if it has none."""
        return None

    @property
    def further(self) -> Self:
        """The data set as a further file is read: with the keys that are given for it.

        Raises:
            RnnkitError: If one of them is unknown or has a wrong value.
        """
        given, _ = keys_of_file(self._keys_for_files(), self.config_key())
        keys = {key: value for key, value in given.items() if key in type(self).model_fields}
        own = {name: getattr(self, name) for name in type(self).model_fields}
        try:
            return validated(type(self), {**own, **keys}) if keys else self
        except RnnkitError:
            # columns of a file of another kind: names there, numbers here
            keys = {key: value for key, value in keys.items() if key not in COLUMNS_OF_TOKENS}
        return validated(type(self), {**own, **keys}) if keys else self

    @classmethod
    def _keys_for_files(cls) -> tuple[str, ...]:
        keys = (key for kind in cls.__mro__ for key in vars(kind).get("file_keys", ()))
        return tuple(
            key
            for key in dict.fromkeys([*keys, *cls.further_columns])
            if key in cls.model_fields or key in cls.further_columns
        )

    def further_column(self, key: str) -> str:
        """The column of a further table that a key names."""
        if key in type(self).model_fields:
            return str(getattr(self, key))
        given, _ = keys_of_file(self._keys_for_files(), self.config_key())
        return str(given.get(key, self.further_columns[key]))

    def format_of(
        self, file: Path, names: Sequence[str], *, otherwise: str | None = None
    ) -> Format:
        """How a further file is read, by its suffix: as the data set's own where it is of that
        kind, and with the keys that are given for it.

        Args:
            file: The file.
            names: The formats that it may have.
            otherwise: The format of a file whose suffix says nothing.

        Raises:
            RnnkitError: If it has none of them, or not such keys.
        """
        own, keys = self.own_format(), self.format_keys
        return format_of(file, names, own=own, otherwise=otherwise, keys=keys)

    @property
    def format_keys(self) -> dict[str, object]:
        """The keys of a format that are given for a further file."""
        return keys_of_file(self._keys_for_files(), self.config_key())[1]

    def found_in(self, folder: Path) -> None:
        """Says in which run folder its config stands, which may keep its data."""

    def keep_in(self, folder: Path) -> None:
        """Keeps in a run folder what it needs to be read again; most are read where they are."""

    def known_scores(self) -> list[ReferenceScores]:
        """Scores on its held-out rows that are known without a training: by chance, at best, and
        what others published for its very setting.
        """
        return []

    def fetch(self) -> str:
        """Brings the data to this machine where they are not here; says where they are."""
        return "comes with rnnkit: nothing to fetch"

    @classmethod
    def config_key(cls, field: str = "") -> str:
        """How a config names this data set, or a field of it: "data.dataset.csv.path"."""
        return ".".join(filter(None, ("data.dataset", name_of("dataset", cls), field)))
