"""The target "html": one self-contained page for any browser, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rnnkit.export.html.page import page
from rnnkit.export.target import Model, Target
from rnnkit.storage import write_text


class Html(Target):
    """A page with a playground that computes the model."""

    summary: ClassVar[str] = "one HTML page to play with the model, without a network"
    suffix: ClassVar[str] = ".html"

    def write(self, model: Model, path: Path) -> None:
        write_text(path, page(model))
