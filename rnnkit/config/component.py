"""Component: a slot of a config that a registered spec fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import (
    GetCoreSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from rnnkit.config.complete import require_complete
from rnnkit.config.mistakes import choices, line_errors, mistake, shown
from rnnkit.config.spec import SHORT_FORM, Spec
from rnnkit.errors import RnnkitError
from rnnkit.registry import TABLES, lookup, name_of, offered


@dataclass(frozen=True)
class Component:
    """A slot filled by a registered spec, written `name`, `name: short value` or `name: {key:
    value}`.

    Args:
        kind: The registry table in which the name is looked up.
        default: A component whose name may be omitted: with "embedding", `64` means `embedding:
            64`.
    """

    kind: str
    default: str | None = None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: self._validate(value, source),
            serialization=core_schema.plain_serializer_function_ser_schema(self._serialize),
        )

    def _validate(self, value: Any, base: type[Spec]) -> Spec:
        if isinstance(value, base):
            return value
        name, arguments = self.split(value)
        try:
            spec: type[Spec] = lookup(self.kind, name)
        except RnnkitError as error:
            raise mistake(error.got, error.expected, error.hint) from None
        if not (isinstance(spec, type) and issubclass(spec, base)):
            if name in TABLES[self.kind]:
                fitting = [
                    known
                    for known in offered(self.kind)
                    if issubclass(lookup(self.kind, known), base)
                ]
                raise mistake(
                    f"{name!r} is not a valid {self.kind} here",
                    f"Expected one of: {choices(fitting)}",
                )
            bases = " or ".join(
                f"{cls.__module__}.{cls.__qualname__}" for cls in get_args(base) or [base]
            )
            raise mistake(f"{name!r} is not a valid {self.kind}", f"Expected a subclass of {bases}")
        require_complete(self.kind, name, spec)
        if name == self.default and not (isinstance(value, Mapping) and name in value):
            return spec.model_validate(arguments)
        try:
            return spec.model_validate(arguments)
        except ValidationError as error:
            lines = [
                InitErrorDetails(
                    type=mistake(**line["ctx"]), loc=(name, *line["loc"]), input=line["input"]
                )
                for line in error.errors()
            ]
            raise line_errors(name, lines) from None

    def split(self, value: Any) -> tuple[str, Any]:
        """The name and the arguments of `value`."""
        known = TABLES[self.kind]
        if isinstance(value, str):
            return value, {}
        if isinstance(value, Mapping):
            if self.default is not None and isinstance(value.get(SHORT_FORM), str):
                return value[SHORT_FORM], {
                    key: item for key, item in value.items() if key != SHORT_FORM
                }
            if (
                len(value) == 1
                and isinstance(only := next(iter(value)), str)
                and only != SHORT_FORM
            ):
                if self.default is None or only in known or ":" in only:
                    return only, value[only]
            elif self.default is None:
                shape = (
                    " and ".join(repr(key if key != SHORT_FORM else value[key]) for key in value)
                    or "an empty mapping"
                )
                raise mistake(
                    f"found {shape}",
                    f"Expected one {self.kind}: {choices(offered(self.kind))}",
                    "Put its arguments below its name",
                )
        if self.default is not None:
            return self.default, value
        article = "an" if self.kind[0] in "aeiou" else "a"
        expected = f"Expected {article} {self.kind}: {choices(offered(self.kind))}"
        raise mistake(f"found {shown(value)}", expected)

    def _serialize(self, spec: Spec) -> Any:
        name, fields = name_of(self.kind, type(spec)), spec.model_dump()
        if name == self.default:
            return fields
        return {name: fields} if fields else name
