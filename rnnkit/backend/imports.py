"""Imports of keras and TensorFlow without what rnnkit does not use of them: other libraries, which
take longer to import than both, and parts of TensorFlow that its own `__init__` imports.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import importlib.util
import os
import sys
import threading
import typing
from collections.abc import Collection, Iterator, Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from rnnkit import process

OPTIONAL = ("IPython", "huggingface_hub", "matplotlib", "pandas", "sklearn")
"""Libraries that keras imports for image galleries, data frames, scikit-learn and model hubs."""
OF_BACKENDS = {"tensorflow": ("jax", "scipy"), "jax": ("tensorflow",)}
"""Libraries that a backend imports for others: TensorFlow converts JAX functions, keras seeds
TensorFlow under JAX."""
LATER = {
    "tensorflow._api.v2.compat.v1": "",
    "tensorflow._api.v2.compat.v2": "",
    "tensorflow._api.v2.lite": "tensorflow.lite",
}
"""Modules of TensorFlow that are imported on first use: its former interface, a copy of the present
one, and what runs on phones; with the package of the same public name, `tf.lite`, which must be
imported first, as the later one keeps the name.
"""
LIBRARY = "libtensorflow_cc.so*"
_OF_IMPORT = ("__path__", "__file__", "__cached__")  # read by the import system before they are set


class _Refusing(MetaPathFinder):
    """Hides libraries from one thread, as if they were not installed."""

    def __init__(self, libraries: Collection[str]):
        self._libraries, self._thread = libraries, threading.get_ident()

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in self._libraries and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


class _Later(ModuleType):
    """A module that is imported on the first access to one of its attributes."""

    def __getattr__(self, attribute: str) -> Any:
        if attribute in _OF_IMPORT:
            raise AttributeError(attribute)
        return getattr(self._itself(), attribute)

    def __dir__(self) -> list[str]:
        return dir(self._itself())

    def _itself(self) -> ModuleType:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)


class _Deferring(MetaPathFinder, Loader):
    """Makes one thread import modules lazily, each once; one that a version lacks is never
    requested.

    Args:
        modules: Their names, and the module that is imported before each.
    """

    def __init__(self, modules: Mapping[str, str]):
        self._modules, self._thread = dict(modules), threading.get_ident()

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self._modules or threading.get_ident() != self._thread:
            return None
        try:
            if before := self._modules.pop(name):
                importlib.import_module(before)
        except ImportError:  # another version, whose names are unknown
            return None
        if spec := PathFinder.find_spec(name, path, target):
            spec.loader = self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Later(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Does nothing yet."""


@contextlib.contextmanager
def without_optional(backend: str) -> Iterator[None]:
    """Lets this thread import keras as if optional libraries were not installed, and deferred
    modules imported already. Only in the process of a command: another program may need all of
    keras.
    """
    if not process.is_command():
        yield
        return
    finders = [_Refusing({*OPTIONAL, *OF_BACKENDS[backend]}), _Deferring(LATER)]
    sys.meta_path[:0] = finders
    # Compiling TensorFlow's 18,000 annotations, which name the same few types, takes a tenth of its
    # import: each is compiled once.
    vars(typing)["compile"] = functools.cache(compile)
    try:
        yield
    finally:
        vars(typing).pop("compile", None)  # another thread may have been the first
        for finder in finders:
            sys.meta_path.remove(finder)


def load_library() -> None:
    """Loads TensorFlow's shared library before Python imports it, on Linux: this releases the GIL,
    which the import does not. Errors are left to the import.
    """
    spec = importlib.util.find_spec("tensorflow")
    for folder in (spec and spec.submodule_search_locations) or ():
        for library in Path(folder).glob(LIBRARY):
            open_library = ctypes.CDLL(None).dlopen  # through ctypes, which releases the GIL
            open_library.argtypes = [ctypes.c_char_p, ctypes.c_int]
            open_library(os.fsencode(library), os.RTLD_NOW)
