"""Built-in data sets, and the cache of prepared data and compiled programs."""

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
class DatasetInfo:
    """The description of a data set.

    Args:
        name: Its name in a config.
        about: Its docstring, one line per paragraph.
        origin: Where it is downloaded from.
        licence: Its licence.
        options: A description of each key.
    """

    name: str
    about: str
    origin: str
    licence: str
    options: dict[str, str]


def describe(name: str) -> DatasetInfo:
    """Describes a data set.

    Raises:
        RnnkitError: If there is no data set of this name.
    """
    spec = _find(name)
    options = {key: _describe_field(field) for key, field in spec.model_fields.items()}
    return DatasetInfo(name, _unwrapped(spec.__doc__ or ""), spec.origin, spec.licence, options)


def list_datasets() -> list[DatasetInfo]:
    """Describes every data set that a config can name."""
    return [describe(name) for name in offered("dataset")]


def fetch(name: str) -> str:
    """Downloads a data set, and returns a sentence that says where it is stored.

    Raises:
        RnnkitError: If the name is unknown, is a kind of user data, or the download fails.
    """
    spec = _find(name)
    if any(field.is_required() for field in spec.model_fields.values()):
        raise RnnkitError(
            name, "the user's own data", "", "Nothing to fetch: name the file in the config"
        )
    return spec().fetch()


def describe_cache() -> str:
    """The folder, number of entries, and size of the cache, as text.

    Raises:
        RnnkitError: If a file is in the way of the cache folder.
    """
    cache = Cache.of_environment()
    if cache.folder is None:
        return "nothing is kept: RNNKIT_CACHE is off"
    count, size = cache.size()
    limit = f"at most {cache.most_bytes / 1e6:,.0f} (RNNKIT_CACHE_GB)"
    stored = counted(count, "result or compiled program", "results and compiled programs")
    content = f"{stored} of {size / 1e6:,.1f} MB"
    return f"{cache.folder}: {content}, {limit}"


def clear_cache() -> str:
    """Empties the cache, and returns a sentence that says what was removed."""
    description, cache = describe_cache(), Cache.of_environment()
    cache.clear()
    return f"removed {description}" if cache.folder else description


def _find(name: str) -> type[Dataset]:
    spec: type[Dataset] = lookup("dataset", name, where=name)
    if not (isinstance(spec, type) and issubclass(spec, Dataset)):
        raise RnnkitError(name, "no data set", f"Expected one of: {', '.join(offered('dataset'))}")
    return spec


def _describe_field(field: Any) -> str:
    default = "required" if field.is_required() else f"default {field.default!r}"
    return f"{field.description} ({default})" if field.description else default


def _unwrapped(docstring: str) -> str:
    """A docstring with each paragraph on one line."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
