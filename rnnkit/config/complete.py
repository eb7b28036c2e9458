"""Whether a component of the user's has all that its base asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from rnnkit.config.mistakes import mistake
from rnnkit.config.spec import Spec


def lacking(spec: type[Spec]) -> list[str]:
    """The methods and attributes that a component has to define and does not, as it would write
    them: "score(self, true, predicted)".
    """
    methods = [signature(name, getattr(spec, name)) for name in sorted(spec.__abstractmethods__)]
    attributes = sorted(name for name in spec.__class_vars__ if not hasattr(spec, name))
    return methods + attributes


def require_complete(kind: str, name: str, spec: type[Spec]) -> None:
    """Refuses a component that lacks something; `name` is how the config names it.

    Raises:
        PydanticCustomError: With what it lacks.
    """
    if missing := lacking(spec):
        got = f"{name!r} does not define {', '.join(missing)}"
        is_own = spec.__module__.partition(".")[0] != "rnnkit"
        hint = f"Add it to {spec.__module__}.py" if is_own else "Name a subclass of it"
        raise mistake(got, f"Expected a complete {kind}", hint)


def signature(name: str, method: Callable[..., Any]) -> str:
    """How a method is called: "score(self, true, predicted)"."""
    return f"{name}({', '.join(inspect.signature(method).parameters)})"
