"""How data are divided into parts: what is held out, and how it is chosen."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Literal

from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.data.raw.labelled import Examples, last, stratified
from rnnkit.data.raw.pairs import Pairs, grouped
from rnnkit.errors import RnnkitError

SAMPLE_SHARE = 0.2  # of the small sample, of which a smaller share is nothing


class Split(Spec):
    """Which share of the data is held out: a contiguous part at the end, first validation, then
    test.
    """

    short: ClassVar[str | None] = "validation"
    validation: float = Field(
        0.1, ge=0, lt=1, description="the share that chooses the best weights; 0 for none"
    )
    test: float = Field(0.0, ge=0, lt=1, description="the share that is scored once, at the end")

    def require_text(self, parts: Collection[str], size: str) -> None:
        """Checks the parts of a text.

        Args:
            parts: Those that hold text.
            size: The whole, such as "1,200 characters".

        Raises:
            RnnkitError: If a part that was asked for is missing.
        """
        for part, share in {"train": 1.0, "validation": self.validation, "test": self.test}.items():
            if share and part not in parts:
                raise RnnkitError(
                    "data.split",
                    f"validation {self.validation:g} and test {self.test:g} of {size} leave the"
                    f" {part} part without text",
                    "Expected shares that leave some to each part",
                    (
                        f"A longer text, or data.split.{part}: 0 for none"
                        if part != "train"
                        else "A longer text, or smaller shares"
                    ),
                )


class PairSplit(Split):
    """Which share of the pairs is held out, by chance. All pairs of one source stay in one part."""

    random_seed: int = Field(
        0, ge=0, lt=2**32, description="the same parts for every seed of the training"
    )

    def divide(self, parts: dict[str, Pairs], *, sample: bool) -> dict[str, Pairs]:
        """The parts that a data set has, and those that are held out of its training part.

        Raises:
            RnnkitError: If a part that is held out would be empty.
        """
        shares = {
            part: share
            for part, share in (("validation", self.validation), ("test", self.test))
            if share and part not in parts
        }
        if sample:
            shares = dict.fromkeys(shares, SAMPLE_SHARE)
        whole = parts["train"]
        for part, rows in grouped(whole.sources, shares, self.random_seed).items():
            if not len(rows):
                hint = (
                    f"More pairs, a larger data.split.{part}, or 0 for none"
                    if part != "train"
                    else "More pairs, or smaller shares"
                )
                got = f"{len(whole):,} pairs leave the {part} part empty"
                expected = "Expected at least one source in each part"
                raise RnnkitError("data.split", got, expected, hint)
            parts = parts | {part: whole.take(rows)}
        return parts


class LabelledSplit(Split):
    """Which share of the texts is held out, and how they are chosen. Equal texts stay in one
    part."""

    method: Literal["stratified", "last"] = Field(
        "stratified", description="each label alike, by chance; or the last texts as they come"
    )
    random_seed: int = Field(
        0, ge=0, lt=2**32, description="the same parts for every seed of the training"
    )

    def divide(self, parts: dict[str, Examples], *, sample: bool) -> dict[str, Examples]:
        """The parts that a data set has, and those that are held out of its training part.

        Args:
            parts: Its own, "train" among them.
            sample: Whether they are a small sample in its place.

        Raises:
            RnnkitError: If a part that is held out would be empty.
        """
        shares = {
            part: share
            for part, share in (("validation", self.validation), ("test", self.test))
            if share and part not in parts
        }
        if not shares:
            return parts
        if sample:
            shares = dict.fromkeys(shares, SAMPLE_SHARE)
        whole = parts["train"]
        held_out = (
            last(whole, shares)
            if self.method == "last"
            else stratified(whole, shares, self.random_seed)
        )
        for part, rows in held_out.items():
            if not len(rows) and not sample:  # a sample has too few texts for many labels
                hint = (
                    f"More texts, a larger data.split.{part}, or 0 for none"
                    if part != "train"
                    else "More texts, or smaller shares"
                )
                raise RnnkitError(
                    "data.split",
                    f"{len(whole):,} texts leave the {part} part empty",
                    "Expected at least one text in each part",
                    hint,
                )
        return parts | {part: whole.take(rows) for part, rows in held_out.items() if len(rows)}
