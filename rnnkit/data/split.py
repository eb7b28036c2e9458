"""How data are divided into parts: what is held out, and how it is chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar, Literal

from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.data.examples import Examples, last, stratified
from rnnkit.errors import RnnkitError


class Split(Spec):
    """Which share of the data is held out: a contiguous part at the end, first validation, then test."""

    short: ClassVar[str | None] = "validation"
    validation: float = Field(0.1, ge=0, lt=1, description="the share that chooses the best weights; 0 for none")
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
                    f"validation {self.validation:g} and test {self.test:g} of {size} leave the {part} part without text",
                    "Expected shares that leave some to each part",
                    f"A longer text, or data.split.{part}: 0 for none" if part != "train" else "A longer text, or smaller shares",
                )


class LabelledSplit(Split):
    """Which share of the texts is held out, and how they are chosen. Equal texts stay in one part."""

    method: Literal["stratified", "last"] = Field("stratified", description="each label alike, by chance; or the last texts as they come")
    random_seed: int = Field(0, ge=0, lt=2**32, description="the same parts for every seed of the training")


SMALL_SHARE = 0.2  # of a small sample, of which a smaller share is nothing


def hold_out(parts: Mapping[str, Examples], split: LabelledSplit, *, small: bool) -> dict[str, Examples]:
    """The parts that a data set has, and those that `split` asks for beside them, held out of its training part.

    Args:
        parts: Those of its authors, "train" among them.
        split: Which shares, and how they are chosen.
        small: Whether it is a small sample, of which each part gets a fifth.

    Raises:
        RnnkitError: If a part would be empty.
    """
    shares = {part: share for part, share in (("validation", split.validation), ("test", split.test)) if share and part not in parts}
    if not shares:
        return dict(parts)
    if small:
        shares = dict.fromkeys(shares, SMALL_SHARE)
    train = parts["train"]
    held_out = last(train, shares) if split.method == "last" else stratified(train, shares, split.random_seed)
    for part, rows in held_out.items():
        if not len(rows):
            hint = f"More texts, a larger data.split.{part}, or 0 for none" if part != "train" else "More texts, or smaller shares"
            raise RnnkitError("data.split", f"{len(train):,} texts leave the {part} part empty", "Expected at least one text in each part", hint)
    return dict(parts) | {part: train.take(rows) for part, rows in held_out.items()}
