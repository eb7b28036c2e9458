"""Spec: one component of a config as a pydantic model, and Component: a slot that a registered spec
fills.

A spec's fields are the YAML keys, its docstring is the help, and its `build()` makes the object.
Importing a spec never imports keras, so a whole config is checked before any framework starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.registry import TABLES, lookup, name_of

# key under which an override keeps the short form that it opens: {SHORT_FORM: 32, "dropout": 0.2}
SHORT_FORM = "\0short"


class Spec(BaseModel):
    """The base of everything that can be written in a config: strict types, no unknown keys, one
    short field.
    """

    # defer_build: of the whole catalogue only the specs that a config names are built, which halves
    # the start-up.
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True, defer_build=True
    )

    short: ClassVar[str | None] = None
    """The field that a bare value sets: with short = "units", `lstm: 32` means `lstm: {units: 32}`.
    """

    either: ClassVar[tuple[str, ...]] = ()
    """Fields of which at least one must be written, for the JSON Schema; a validator says the same.
    """

    elsewhere: ClassVar[tuple[str, ...]] = ()
    """Keys that lead to another spec in place of this one; a message about an unknown key names
    them too.
    """

    @model_validator(mode="wrap")
    @classmethod
    def _validate_explained(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, cls):
            return value
        try:
            return handler(cls._long_form(value))
        except ValidationError as error:
            raise _line_errors(
                cls.__name__, [_explained(cls, line) for line in error.errors(include_url=False)]
            ) from None

    @classmethod
    def _long_form(cls, value: Any) -> Any:
        if value is None:
            return {}
        if isinstance(value, Mapping):
            if SHORT_FORM not in value:
                return value
            rest = {key: item for key, item in value.items() if key != SHORT_FORM}
            return {**cls._long_form(value[SHORT_FORM]), **rest}
        if cls.short is None:
            raise mistake(
                f"found {shown(value)}",
                (
                    f"Expected a mapping with {_choices(cls.model_fields)}"
                    if cls.model_fields
                    else "Expected nothing"
                ),
            )
        return {cls.short: value}


def shown(value: Any) -> str:
    """A value of a config, in YAML's words, short enough for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = repr(value)
    return (text if len(text) <= 60 else text[:57] + "...") + (
        " (text)" if isinstance(value, str) else ""
    )


def mistake(got: str, expected: str = "", hint: str = "") -> PydanticCustomError:
    """What a validator raises: found, expected, what to do; the place is added where the config is
    read.
    """
    return PydanticCustomError(
        "rnnkit", "{got}. {expected} {hint}", {"got": got, "expected": expected, "hint": hint}
    )


def mistakes_at(places: list[tuple[tuple[str | int, ...], PydanticCustomError]]) -> ValidationError:
    """Several mistakes, each at its own place below the spec that raises them."""
    return _line_errors(
        "config", [InitErrorDetails(type=error, loc=place, input=None) for place, error in places]
    )


def _line_errors(title: str, lines: list[InitErrorDetails]) -> ValidationError:
    return ValidationError.from_exception_data(title, lines)


def _choices(names: Any) -> str:
    return ", ".join(sorted(names))


_EXPECTED = {
    "int_type": "Expected a whole number",
    "int_from_float": "Expected a whole number",
    "float_type": "Expected a number",
    "string_type": "Expected text",
    "bool_type": "Expected true or false",
    "list_type": "Expected a list",
    "dict_type": "Expected a mapping",
    "finite_number": "Expected a finite number",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def _explained(cls: type[Spec], line: Any) -> InitErrorDetails:
    """One of pydantic's errors in rnnkit's words."""
    kind, place, value, context = line["type"], line["loc"], line["input"], line.get("ctx", {})
    if kind == "rnnkit":
        error = mistake(context["got"], context["expected"], context["hint"])
    elif kind == "extra_forbidden":
        known = [*cls.model_fields, *cls.elsewhere]
        error = mistake(
            "unknown key",
            f"Expected {_choices(known) or 'no keys here'}",
            did_you_mean(str(place[-1]), known),
        )
    elif kind == "missing":
        help_text = (
            cls.model_fields[str(place[-1])].description
            if len(place) == 1 and place[-1] in cls.model_fields
            else None
        )
        error = mistake(
            "missing", f"Expected {help_text}" if help_text else "Expected a value", "Add the key"
        )
    elif kind == "literal_error":
        field = cls.model_fields.get(str(place[0])) if place else None
        known = [
            item.strip("' ") for item in str(context["expected"]).replace(" or ", ", ").split(",")
        ]
        hint = did_you_mean(value, known) if isinstance(value, str) and field else ""
        error = mistake(f"found {shown(value)}", f"Expected one of: {', '.join(known)}", hint)
    elif kind in _BOUNDS and value != value:  # nan is neither more nor less than anything
        error = mistake(f"found {shown(value)}", "Expected a number")
    elif kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        error = mistake(f"found {shown(value)}", f"Expected {words} {context[bound]}")
    elif kind in _EXPECTED:
        error = mistake(f"found {shown(value)}", _EXPECTED[kind])
    else:
        error = mistake(f"found {shown(value)}", line["msg"])
    return InitErrorDetails(type=error, loc=place, input=value)


@dataclass(frozen=True)
class Component:
    """A slot filled by a registered spec, written `name`, `name: short value` or `name: {key:
    value}`.

    Args:
        kind: The registry table in which the name is looked up.
        default: A component whose name may be left out: with "embedding", `64` means `embedding:
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
                    for known in TABLES[self.kind]
                    if issubclass(lookup(self.kind, known), base)
                ]
                raise mistake(
                    f"{name!r} is no {self.kind} that fits here",
                    f"Expected one of: {_choices(fitting)}",
                )
            bases = " or ".join(
                f"{one.__module__}.{one.__qualname__}" for one in get_args(base) or [base]
            )
            raise mistake(f"{name!r} is no {self.kind}", f"Expected a subclass of {bases}")
        if missing := sorted(spec.__abstractmethods__):
            raise mistake(
                f"{name!r} lacks {', '.join(missing)}",
                f"Expected a whole {self.kind}",
                "Add what it lacks",
            )
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
            raise _line_errors(name, lines) from None

    def split(self, value: Any) -> tuple[str, Any]:
        """The name and the arguments that `value` stands for."""
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
                found = (
                    " and ".join(repr(key if key != SHORT_FORM else value[key]) for key in value)
                    or "an empty mapping"
                )
                raise mistake(
                    f"found {found}",
                    f"Expected one {self.kind}: {_choices(known)}",
                    "Put its arguments below its name",
                )
        if self.default is not None:
            return self.default, value
        raise mistake(f"found {shown(value)}", f"Expected a {self.kind}: {_choices(known)}")

    def _serialize(self, spec: Spec) -> Any:
        name, fields = name_of(self.kind, type(spec)), spec.model_dump()
        if name == self.default:
            return fields
        return {name: fields} if fields else name
