"""A model as one HTML page, which computes it in plain JavaScript."""

from rnnkit.export.html.page import page
from rnnkit.export.html.target import Html

__all__ = ["Html", "page"]
