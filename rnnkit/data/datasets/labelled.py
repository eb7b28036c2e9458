"""Labelled texts written in the config itself, for exercises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, field_validator

from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.raw.label_names import label_name
from rnnkit.data.raw.labelled import Examples, Labelled


class InlineLabelled(LabelledDataset):
    """Texts that are written in the config, a list for each label."""

    origin: ClassVar[str] = "the config"
    texts: dict[str, list[str]] = Field(min_length=2, description="label to its texts")

    @field_validator("texts", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        """Converts labels that YAML reads as numbers or booleans to text."""
        if not isinstance(value, Mapping):
            return value
        return {label_name(label): texts for label, texts in value.items()}

    def load(self) -> Labelled:
        rows = [(text, label) for label, texts in self.texts.items() for text in texts]
        place = [
            f"data.dataset.labelled.texts.{label}.{index}"
            for label, texts in self.texts.items()
            for index in range(len(texts))
        ]
        return Labelled(
            {
                "train": Examples(
                    [text for text, _ in rows], [(label,) for _, label in rows], place.__getitem__
                )
            }
        )

    def sample(self) -> Labelled:
        return self.load()
