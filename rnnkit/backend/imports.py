"""Keras and TensorFlow without what they import for parts of them that rnnkit does not use: other
libraries, which take longer than both, and the parts of TensorFlow that its own `__init__` names.
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
"""Of keras: galleries of pictures, data frames, scikit-learn's wrappers, a hub of models."""
OF_BACKENDS = {"tensorflow": ("jax", "scipy"), "jax": ("tensorflow",)}
"""TensorFlow converts functions of JAX; keras seeds TensorFlow too."""
LATER = {
    "tensorflow._api.v2.compat.v1": "",
    "tensorflow._api.v2.compat.v2": "",
    "tensorflow._api.v2.lite": "tensorflow.lite",
}
"""Of TensorFlow: its former interface, a copy of the present one, and what runs on phones. Whoever
asks for them has them. Beside each the package that goes by the same name, `tf.lite`, and has to be
imported before: whichever comes last keeps the name.
"""
LIBRARY = "libtensorflow_cc.so*"
_OF_IMPORT = ("__path__", "__file__", "__cached__")  # asked for before they are set


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


class _Later(ModuleType):
    """A module that is imported when something of it is first asked for."""

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
    """Gives one thread modules that are imported later, each once; one that another version lacks
    is never asked for.

    Args:
        modules: Their names, and what is imported before.
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
        except ImportError:  # of another version: nothing is known of its names
            return None
        if spec := PathFinder.find_spec(name, path, target):
            spec.loader = self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Later(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing yet."""


@contextlib.contextmanager
def without_optional(backend: str) -> Iterator[None]:
    """Lets this thread import keras as if what it can do without were not installed, or were
    imported already. Only in a command's own process: another program may want keras with all that
    it has.
    """
    if not process.is_command():
        yield
        return
    finders = [_Refusing({*OPTIONAL, *OF_BACKENDS[backend]}), _Deferring(LATER)]
    sys.meta_path[:0] = finders
    # TensorFlow names the same few types in 18,000 annotations, each of which is compiled: a tenth
    # of its import. What is compiled once is the same code.
    vars(typing)["compile"] = functools.cache(compile)
    try:
        yield
    finally:
        vars(typing).pop("compile", None)  # another thread may have been the first
        for finder in finders:
            sys.meta_path.remove(finder)


def load_library() -> None:
    """Loads TensorFlow's library before Python imports it, on Linux: other threads run meanwhile,
    as they do not while Python imports it. What goes wrong is said by that import.
    """
    spec = importlib.util.find_spec("tensorflow")
    for folder in (spec and spec.submodule_search_locations) or ():
        for library in Path(folder).glob(LIBRARY):
            open_library = ctypes.CDLL(None).dlopen  # a call of C, during which Python goes on
            open_library.argtypes = [ctypes.c_char_p, ctypes.c_int]
            open_library(os.fsencode(library), os.RTLD_NOW)
