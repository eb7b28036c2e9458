"""Checks that a user's component defines everything that its base class requires."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from rnnkit.config.mistakes import mistake
from rnnkit.config.spec import Spec


def lacking(spec: type[Spec]) -> list[str]:
    """The methods and attributes that a component lacks, as it would define them:
    "score(self, true, predicted)".
    """
    methods = [signature(name, getattr(spec, name)) for name in sorted(spec.__abstractmethods__)]
    attributes = sorted(name for name in spec.__class_vars__ if not hasattr(spec, name))
    return methods + attributes


def require_complete(kind: str, name: str, spec: type[Spec]) -> None:
    """Refuses an incomplete component; `name` is its name in the config.

    Raises:
        PydanticCustomError: With what it lacks.
    """
    if missing := lacking(spec):
        got = f"{name!r} does not define {', '.join(missing)}"
        is_own = spec.__module__.partition(".")[0] != "rnnkit"
        hint = f"Add it to {spec.__module__}.py" if is_own else "Name a subclass of it"
        raise mistake(got, f"Expected a complete {kind}", hint)


def signature(name: str, method: Callable[..., Any]) -> str:
    """The signature of a method: "score(self, true, predicted)"."""
    return f"{name}({', '.join(inspect.signature(method).parameters)})"
