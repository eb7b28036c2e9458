"""Spec: one component of a config as a pydantic model.

A spec's fields are the YAML keys, its docstring is the help, and its `build()` makes the object.
Importing a spec never imports keras, so a whole config is checked before any framework starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails

from rnnkit.config.mistakes import choices, explained, line_errors, mistake, shown
from rnnkit.config.numbers import numbers_in, require_number
from rnnkit.config.on_resume import OnResume
from rnnkit.config.repeats import lists_names, repeats_in
from rnnkit.errors import RnnkitError

if TYPE_CHECKING:
    from rnnkit.config.unused import Unused

S = TypeVar("S", bound="Spec")

# an override keeps a short form that it extends below this key: {SHORT_FORM: 32, "dropout": 0.2}
SHORT_FORM = "\0short"


class Spec(BaseModel):
    """The base of everything that can be written in a config: strict types, no unknown keys, one
    short field.
    """

    # defer_build: only the specs that a config names are built, not the whole catalogue, which
    # halves the startup time.
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True, defer_build=True
    )

    short: ClassVar[str | None] = None
    """The field that a bare value sets: with short = "units", `lstm: 32` means `lstm: {units: 32}`.
    """

    either: ClassVar[tuple[str, ...]] = ()
    """Fields of which one is required, for the JSON Schema; a validator checks the same."""

    on_resume: ClassVar[OnResume | None] = None
    """What a change of a field means for a resumed training, unless the field declares it; None for
    what it means for the key that holds the spec.
    """

    elsewhere: ClassVar[tuple[str, ...]] = ()
    """Keys that select another spec instead of this one; messages on unknown keys name them."""

    unbounded: ClassVar[tuple[str, ...]] = ()
    """Fields whose numbers are not computed with, such as marks of missing values."""

    repeating: ClassVar[tuple[str, ...]] = ()
    """Fields whose lists may hold the same name or component repeatedly, such as layers."""

    def unused(self) -> Iterable[Unused]:
        """The fields, or fields below them, that do nothing together with the others; those that
        have their default are not said.
        """
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _validate_explained(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, cls):
            return value
        written = cls._long_form(value)
        try:
            spec = handler(written)
        except ValidationError as error:
            lines = error.errors(include_url=False)
            explanations = [explained(cls.model_fields, cls.elsewhere, line) for line in lines]
            wrong_already = {line["loc"][0] for line in lines if line["loc"]}
            others = {
                name: item
                for name, item in (written.items() if isinstance(written, Mapping) else ())
                if name not in wrong_already and isinstance(item, int | float | list)
            }
            raise line_errors(cls.__name__, [*explanations, *cls._wrong_items(others)]) from None
        fields = {name: getattr(spec, name) for name in cls.model_fields}
        if wrong := cls._wrong_items(fields):
            raise line_errors(cls.__name__, wrong)
        return spec

    @classmethod
    def _wrong_items(cls, values: Mapping[str, Any]) -> list[InitErrorDetails]:
        """Mistakes beyond pydantic's checks: numbers that cannot be computed with, and names that a
        list repeats.
        """
        repeats = [
            repeat
            for name, field in cls.model_fields.items()
            if name not in cls.repeating
            and isinstance(items := values.get(name), list)
            and len(items) > 1
            and lists_names(field.annotation)
            for repeat in repeats_in(items, (name,))
        ]
        return repeats + [
            InitErrorDetails(
                type=mistake(f"found {shown(number)}", expected), loc=place, input=None
            )
            for name in cls.model_fields
            if name in values and name not in cls.unbounded
            for place, number in numbers_in(values[name], (name,))
            if (expected := require_number(number))
        ]

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
                    f"Expected a mapping with {choices(cls.model_fields)}"
                    if cls.model_fields
                    else "Expected nothing"
                ),
            )
        return {cls.short: value}


KINDS = ("str", "int", "float", "bool", "none")
"""The names that pydantic inserts into a place for members of a union; they are not keys."""


def validated(spec: type[S], values: Mapping[str, Any]) -> S:
    """A spec made from these fields, outside a config.

    Raises:
        RnnkitError: With the first mistake in the fields.
    """
    try:
        return spec.model_validate(dict(values))
    except ValidationError as error:
        line = error.errors()[0]
        named = [str(part) for part in line["loc"] if part not in KINDS and "[" not in str(part)]
        place, context = ".".join(named), line["ctx"]
        raise RnnkitError(place, context["got"], context["expected"], context["hint"]) from None
