"""Keras and TensorFlow without the libraries that they import wherever these are installed, for
parts of them that rnnkit does not use: they take longer to import than both.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Collection, Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from rnnkit import process

OPTIONAL = ("IPython", "huggingface_hub", "matplotlib", "pandas", "sklearn")
"""Of keras: galleries of pictures, data frames, scikit-learn's wrappers, a hub of models."""
OF_BACKENDS = {"tensorflow": ("jax", "scipy"), "jax": ("tensorflow",)}
"""TensorFlow converts functions of JAX; keras seeds TensorFlow too."""


class _Refusing(MetaPathFinder):
    """Says to one thread that libraries are not installed."""

    def __init__(self, libraries: Collection[str]):
        self._libraries, self._thread = libraries, threading.get_ident()

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in self._libraries and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@contextlib.contextmanager
def without_optional(backend: str) -> Iterator[None]:
    """Lets this thread import keras as if what it can do without were not installed. Only in a
    command's own process: another program may want keras with all that it has.
    """
    if not process.is_own():
        yield
        return
    refusing = _Refusing({*OPTIONAL, *OF_BACKENDS[backend]})
    sys.meta_path.insert(0, refusing)
    try:
        yield
    finally:
        sys.meta_path.remove(refusing)
