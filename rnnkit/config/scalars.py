"""The scalars of YAML 1.2's core schema: which text is a number, a boolean, nothing or text.

PyYAML follows YAML 1.1, where `1e-3` is text, `no` is false and `010` is eight.
"""

from __future__ import annotations

import re
from typing import Any

import yaml


class Loader(yaml.SafeLoader):
    """Reads plain data with YAML 1.2's scalars."""


class FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same with libyaml, ten times as fast."""


Loader.yaml_implicit_resolvers = FastLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
):
    Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
    )


_RESOLVER: Any = Loader("")  # of no text: a new one takes longer than its answer


def resolved_tag(text: str) -> str:
    """The tag of an unquoted scalar: "tag:yaml.org,2002:int"."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    return tag


def scalar_value(tag: str, text: str) -> Any:
    """The value of a scalar with a tag."""
    kind = tag.rsplit(":", 1)[-1]
    if kind == "bool":
        return text.lower() == "true"
    if kind == "null":
        return None
    if kind == "int":
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if kind == "float":
        return float(
            text.replace(".inf", "inf")
            .replace(".Inf", "inf")
            .replace(".INF", "inf")
            .replace(".nan", "nan")
            .replace(".NaN", "nan")
            .replace(".NAN", "nan")
        )
    return text
