"""What every data set is: a spec that brings raw examples, in the parts of its authors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import PrivateAttr

from rnnkit.config.spec import Spec
from rnnkit.data.formats.format import Format
from rnnkit.registry import name_of

PARTS = {"train": "path", "validation": "validation_path", "test": "test_path"}
"""The part that each field of a data set in files names."""


class Dataset(Spec):
    """The base of every data set."""

    origin: ClassVar[str] = ""
    licence: ClassVar[str] = ""
    has_columns: ClassVar[bool] = False
    """Whether its training part can keep further columns, such as a group that stays in one part.
    """
    _kept: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def kept(self) -> dict[str, str]:
        """The further columns that its training part keeps, and the keys that name them."""
        return self._kept

    def keeping(self, columns: Mapping[str, str]) -> Self:
        """The same data set, whose training part keeps further columns.

        Args:
            columns: Each with the key of the config that names it: {"patient": "group"}.
        """
        copy = self.model_copy()
        copy._kept = dict(columns)
        return copy

    def own_format(self) -> Format | None:
        """How the data set's own file is read; None where it has none."""
        return None

    def fetch(self) -> str:
        """Brings the data to this machine where they are not here; says where they are."""
        return "comes with rnnkit: nothing to fetch"

    @classmethod
    def config_key(cls, field: str = "") -> str:
        """How a config names this data set, or a field of it: "data.dataset.csv.path"."""
        return ".".join(filter(None, ("data.dataset", name_of("dataset", cls), field)))
