"""The base of data sets: specs that load raw examples, in the parts their authors defined."""

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
"""The field with the file of each part."""

COLUMNS_OF_TOKENS = ("word", "tag")
"""Keys that are column numbers in one format and column names in another."""


class Dataset(Spec):
    """The base of all data sets."""

    origin: ClassVar[str] = ""
    licence: ClassVar[str] = ""
    has_columns: ClassVar[bool] = False
    """Whether further columns of the training set can be read, such as groups for the split."""
    groups: ClassVar[tuple[str, ...]] = ()
    """Names by which a split can group the examples of a data set that is not a table, such as the
    document of a sentence.
    """
    file_keys: ClassVar[tuple[str, ...]] = ()
    """The keys that may differ for a further file, besides those of its format."""
    further_columns: ClassVar[Mapping[str, str]] = {}
    """The columns of a further table, if the data set has no keys for them."""

    brings: ClassVar[tuple[str, ...]] = ()
    """The parts besides "train" that every copy of the data set has."""

    _kept: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def own_parts(self) -> Collection[str]:
        """The parts that the data set has besides "train", for which nothing is held out."""
        keys = {part: (f"{part}_path", f"{part}_source") for part in ("validation", "test")}
        named = [part for part, names in keys.items() if any(getattr(self, n, "") for n in names)]
        return [*self.brings, *named]

    @property
    def kept(self) -> dict[str, str]:
        """The further columns read from the training set, with the config keys that name them."""
        return self._kept

    def keeping(self, columns: Mapping[str, str]) -> Self:
        """A copy of the data set that reads further columns of its training set.

        Args:
            columns: Each column with the config key that names it: {"patient": "group"}.
        """
        copy = self.model_copy()
        copy._kept = dict(columns)
        return copy

    def own_format(self) -> Format | None:
        """The format of the data set's files; None if it is not read from files."""
        return None

    @property
    def further(self) -> Self:
        """The data set with the keys that the user set for further files (`file_keys`).

        Raises:
            RnnkitError: If a key is unknown or has a wrong value.
        """
        given, _ = keys_of_file(self._keys_for_files(), self.config_key())
        keys = {key: value for key, value in given.items() if key in type(self).model_fields}
        own = {name: getattr(self, name) for name in type(self).model_fields}
        try:
            return validated(type(self), {**own, **keys}) if keys else self
        except RnnkitError:
            # the file may be of another kind, with column names instead of numbers
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
        """The name of a column in a further table, by its key."""
        if key in type(self).model_fields:
            return str(getattr(self, key))
        given, _ = keys_of_file(self._keys_for_files(), self.config_key())
        return str(given.get(key, self.further_columns[key]))

    def format_of(
        self, file: Path, names: Sequence[str], *, otherwise: str | None = None
    ) -> Format:
        """The format of a further file by its suffix, with the options of the data set's own files
        if they are of the same kind, and with the keys set for the file.

        Args:
            file: The file.
            names: The accepted formats.
            otherwise: The format of a file with an unknown suffix; None to refuse it.

        Raises:
            RnnkitError: If the file has another format, or the format lacks a key.
        """
        own, keys = self.own_format(), self.format_keys
        return format_of(file, names, own=own, otherwise=otherwise, keys=keys)

    @property
    def format_keys(self) -> dict[str, object]:
        """The format options that the user set for further files (`file_keys`)."""
        return keys_of_file(self._keys_for_files(), self.config_key())[1]

    def found_in(self, folder: Path) -> None:
        """Tells the data set its run folder, which may contain its data."""

    def keep_in(self, folder: Path) -> None:
        """Writes to a run folder what is needed to load the data again; most need nothing."""

    def known_scores(self) -> list[ReferenceScores]:
        """Scores known without training: chance level, ceiling, and results published for exactly
        this setting.
        """
        return []

    def fetch(self) -> str:
        """Downloads the data if necessary; returns where they are."""
        return "comes with rnnkit: nothing to fetch"

    @classmethod
    def config_key(cls, field: str = "") -> str:
        """The config key of this data set, or of a field of it: "data.dataset.csv.path"."""
        return ".".join(filter(None, ("data.dataset", name_of("dataset", cls), field)))
