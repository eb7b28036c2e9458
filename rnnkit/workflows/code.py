"""User-defined components, imported from the Python files of `--code`."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from rnnkit.errors import RnnkitError
from rnnkit.registry import BASES, USER_MODULES, base_of
from rnnkit.workflows.contracts import describe_error, enforce_contracts


def import_file(file: str) -> None:
    """Imports a Python file as a module of its own name, so that configs can say "module:Spec".

    Raises:
        RnnkitError: If it does not exist, is not a Python file, shadows a module, or fails.
    """
    path = Path(file)
    if not path.is_file() or path.suffix != ".py":
        raise RnnkitError("--code", f"no Python file {file!r}", "Expected a path that ends in .py")
    name = path.stem
    # Modules that are not imported yet count as well: a user's keras.py would shadow keras.
    shadowed = sys.modules.get(name) or PathFinder.find_spec(name)
    origin = getattr(shadowed, "__file__", None) or getattr(shadowed, "origin", None)
    if name in sys.stdlib_module_names or (shadowed is not None and origin != str(path.resolve())):
        raise RnnkitError(
            "--code", f"the name {name!r} belongs to another module", "", "Rename the file"
        )
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        enforce_contracts(module)
    except RnnkitError:
        del sys.modules[name]
        raise
    except BaseException as error:  # SystemExit too, which would exit with 0
        del sys.modules[name]
        if isinstance(error, KeyboardInterrupt) or _is_signal(error):
            raise
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == str(path.resolve())
        ]
        line = lines[-1] if lines else "?"
        if isinstance(error, SyntaxError) and error.filename == str(path.resolve()):
            line = error.lineno or "?"
        raise RnnkitError(
            f"{file}:{line}",
            describe_error(error),
            "Expected a module that imports",
            "Correct the file",
        ) from error
    if name not in USER_MODULES:
        USER_MODULES.append(name)


def _is_signal(error: BaseException) -> bool:
    """Whether an exception is the SystemExit that rnnkit's signal handler raises."""
    frames = traceback.extract_tb(error.__traceback__)
    package = str(Path(__file__).parents[1])
    is_ours = bool(frames) and frames[-1].filename.startswith(package)
    return isinstance(error, SystemExit) and is_ours


@dataclass(frozen=True)
class UserComponent:
    """A component that a user's file defines.

    Args:
        kind: Its kind of component, such as "layer" or "dataset".
        name: Its name in a config: "my_module:MyLayer".
        about: The first paragraph of its docstring.
    """

    kind: str
    name: str
    about: str


def user_files() -> list[str]:
    """The paths of the imported user files, for another process to import too."""
    paths = (getattr(sys.modules.get(name), "__file__", None) for name in USER_MODULES)
    return [path for path in paths if path]


def user_components() -> list[UserComponent]:
    """The components that the imported user files define, in the order of import."""
    return [
        UserComponent(kind, f"{module}:{name}", _first_paragraph(value.__doc__ or ""))
        for module in USER_MODULES
        if module in sys.modules
        for name, value in vars(sys.modules[module]).items()
        if isinstance(value, type) and value.__module__ == module
        for kind in _kinds(value)[:1]
    ]


def _first_paragraph(docstring: str) -> str:
    """The first paragraph of a docstring on one line."""
    return " ".join(inspect.cleandoc(docstring).split("\n\n")[0].split())


def _kinds(component: type) -> list[str]:
    """The kinds of component that a class belongs to, the most specific first."""
    return [kind for kind in BASES if issubclass(component, base_of(kind))]
