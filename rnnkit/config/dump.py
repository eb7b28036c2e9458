"""Plain data as YAML 1.2 text."""

from __future__ import annotations

from typing import Any

import yaml

from rnnkit.config.scalars import Loader, resolved_tag


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_str(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # Quote what would be read back as something other than text.
    ambiguous = resolved_tag(text) != "tag:yaml.org,2002:str"
    # PyYAML folds these line breaks inside single quotes; in double quotes it escapes them.
    breaks = any(mark in text for mark in "\x85\u2028\u2029\ufeff")
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style='"' if breaks else "'" if ambiguous else None
    )


def _represent_float(dumper: yaml.SafeDumper, number: float) -> yaml.Node:
    text = repr(number).replace("inf", ".inf").replace("nan", ".nan")
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


_Dumper.add_representer(str, _represent_str)
_Dumper.add_representer(float, _represent_float)
_Dumper.yaml_implicit_resolvers = Loader.yaml_implicit_resolvers


def dump(tree: Any) -> str:
    """YAML text that `parse` reads back to the same data."""
    return yaml.dump(
        tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False
    )
