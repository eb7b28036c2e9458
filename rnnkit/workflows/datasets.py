"""The data sets that rnnkit knows by name."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from rnnkit.cache import Cache
from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.registry import lookup, offered


@dataclass(frozen=True)
class Described:
    """A data set in words."""

    name: str
    about: str
    origin: str
    licence: str
    options: dict[str, str]


def describe(name: str) -> Described:
    """The data set called `name`.

    Raises:
        RnnkitError: If there is none.
    """
    spec = _find(name)
    options = {key: _option(field) for key, field in spec.model_fields.items()}
    return Described(name, _unwrapped(spec.__doc__ or ""), spec.origin, spec.licence, options)


def list_datasets() -> list[Described]:
    """Every data set, by name."""
    return [describe(name) for name in offered("dataset")]


def fetch(name: str) -> str:
    """Brings a data set to this machine; says where it is.

    Raises:
        RnnkitError: If there is none, if it is the user's own, or if it cannot be fetched.
    """
    spec = _find(name)
    if any(field.is_required() for field in spec.model_fields.values()):
        raise RnnkitError(
            name, "the user's own data", "", "Nothing to fetch: name the file in the config"
        )
    return spec().fetch()


def describe_cache() -> str:
    """What is kept of earlier trainings, and where.

    Raises:
        RnnkitError: If there is a file where it would be.
    """
    cache = Cache.of_environment()
    if cache.folder is None:
        return "nothing is kept: RNNKIT_CACHE is off"
    count, size = cache.size()
    most = f"at most {cache.most_bytes / 1e6:,.0f} (RNNKIT_CACHE_GB)"
    stored = counted(count, "result or compiled program", "results and compiled programs")
    kept = f"{stored} of {size / 1e6:,.1f} MB"
    return f"{cache.folder}: {kept}, {most}"


def clear_cache() -> str:
    """Removes what is kept of earlier trainings; says what it was."""
    described, cache = describe_cache(), Cache.of_environment()
    cache.clear()
    return f"removed {described}" if cache.folder else described


def _find(name: str) -> type[Dataset]:
    spec: type[Dataset] = lookup("dataset", name, where=name)
    if not (isinstance(spec, type) and issubclass(spec, Dataset)):
        raise RnnkitError(name, "no data set", f"Expected one of: {', '.join(offered('dataset'))}")
    return spec


def _option(field: Any) -> str:
    default = "required" if field.is_required() else f"default {field.default!r}"
    return f"{field.description} ({default})" if field.description else default


def _unwrapped(docstring: str) -> str:
    """A docstring with each paragraph on one line."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
