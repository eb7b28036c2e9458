"""The user's own components: a Python file that the command line names with --code."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from importlib.machinery import PathFinder
from pathlib import Path

from rnnkit.errors import RnnkitError


def import_file(file: str) -> None:
    """Imports a Python file as a module of its own name, so that configs can say "module:Spec".

    Raises:
        RnnkitError: If it is not there, is no Python file, hides a module, or fails.
    """
    path = Path(file)
    if not path.is_file() or path.suffix != ".py":
        raise RnnkitError("--code", f"no Python file {file!r}", "Expected a path that ends in .py")
    name = path.stem
    # Modules that are not imported yet count as well: a user's keras.py would stand in for keras.
    there = sys.modules.get(name) or PathFinder.find_spec(name)
    origin = getattr(there, "__file__", None) or getattr(there, "origin", None)
    if name in sys.stdlib_module_names or (there is not None and origin != str(path.resolve())):
        raise RnnkitError(
            "--code", f"the name {name!r} belongs to another module", "", "Rename the file"
        )
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        own = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == str(path.resolve())
        ]
        line = own[-1] if own else "?"
        if isinstance(error, SyntaxError) and error.filename == str(path.resolve()):
            line = error.lineno or "?"
        raise RnnkitError(
            f"{file}:{line}",
            f"{type(error).__name__}: {error}",
            "Expected a module that imports",
            "Mend the file",
        ) from error
