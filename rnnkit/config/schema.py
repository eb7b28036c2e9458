"""JSON Schema of the configs, short forms included, for editors."""

from __future__ import annotations

import inspect
import types
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from rnnkit.config.component import Component
from rnnkit.config.repeats import lists_names
from rnnkit.config.spec import Spec
from rnnkit.registry import TABLES, TASK_FORMS, TASKS, lookup, task_forms

Schema = dict[str, Any]

_USERS_OWN: list[Schema] = [  # a component of --code: only its file knows its arguments
    {"type": "string", "pattern": ":"},
    {
        "type": "object",
        "patternProperties": {":": {}},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    },
]


def json_schema() -> Schema:
    """The schema that every valid config satisfies: an alternative for each task, and one for tasks
    of the user's.
    """
    definitions: dict[str, Schema] = {}
    forms = []
    for name in sorted(TASKS):
        task = lookup("task", name)
        for form in (task, *task_forms(name, TASK_FORMS.get(name, ()))):
            settings = form.model_fields["task"].annotation
            schema = _object(form, definitions)
            schema["properties"]["task"] = _named(
                name, _spec(settings, definitions), not _required(settings)
            )
            forms.append(schema)
    forms.append(
        {"type": "object", "properties": {"task": {"anyOf": _USERS_OWN}}, "required": ["task"]}
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rnnkit config",
        "anyOf": forms,
        "$defs": definitions,
    }


def _spec(spec: type[Spec], definitions: dict[str, Schema]) -> Schema:
    """A spec in its long form and, if it has one, its short form."""
    key = f"{spec.__module__}.{spec.__name__}"
    if key not in definitions:
        definitions[key] = {}  # reserved, for specs that contain themselves
        forms = [_object(spec, definitions)]
        if spec.short:
            forms.append(_field(spec.model_fields[spec.short], definitions))
        if not _required(spec):
            forms.append({"type": "null"})
        definitions[key] = {
            "description": inspect.cleandoc(spec.__doc__ or ""),
            **(forms[0] if len(forms) == 1 else {"anyOf": forms}),
        }
    return {"$ref": f"#/$defs/{key}"}


def _object(spec: type[Spec], definitions: dict[str, Schema]) -> Schema:
    properties = {name: _field(field, definitions) for name, field in spec.model_fields.items()}
    for name in spec.model_fields:
        if name not in spec.repeating and lists_names(spec.model_fields[name].annotation):
            for form in properties[name].get("anyOf", [properties[name]]):
                form |= {"uniqueItems": True} if form.get("type") == "array" else {}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if spec.either:
        schema["anyOf"] = [{"required": [name]} for name in spec.either]
    return (
        {**schema, "required": required}
        if (required := [name for name in _required(spec) if name not in spec.either])
        else schema
    )


def _required(spec: type[Spec]) -> list[str]:
    return [
        *(name for name, field in spec.model_fields.items() if field.is_required()),
        *spec.either,
    ]


def _field(field: FieldInfo, definitions: dict[str, Schema]) -> Schema:
    schema = _type(
        Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation,
        definitions,
    )
    if field.description:
        schema = {**schema, "description": field.description}
    if isinstance(field.default, bool | int | float | str):
        schema = {**schema, "default": field.default}
    return schema


def _type(annotation: Any, definitions: dict[str, Schema]) -> Schema:
    metadata = getattr(annotation, "__metadata__", ())
    component = next((item for item in metadata if isinstance(item, Component)), None)
    if component is not None:
        return _component(component, definitions)
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if get_origin(inner) in (Union, types.UnionType) and any(
        _is_spec(option) for option in get_args(inner)
    ):
        return {"anyOf": [_type(option, definitions) for option in get_args(inner)]}
    if get_origin(inner) is list:
        return {"type": "array", "items": _type(get_args(inner)[0], definitions)}
    if _is_spec(inner):
        return _spec(inner, definitions)
    return TypeAdapter(annotation).json_schema()


def _is_spec(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Spec)


def _component(component: Component, definitions: dict[str, Schema]) -> Schema:
    key = f"component.{component.kind}"
    if key not in definitions:
        definitions[key] = {}
        forms = []
        for name in sorted(TABLES[component.kind]):
            spec: type[Spec] = lookup(component.kind, name)
            forms.append(_named(name, _spec(spec, definitions), not _required(spec)))
            if name == component.default:
                forms.append(_spec(spec, definitions))
        definitions[key] = {"anyOf": [*forms, *_USERS_OWN]}
    return {"$ref": f"#/$defs/{key}"}


def _named(name: str, arguments: Schema, name_alone: bool) -> Schema:
    """`name: arguments`, or the bare name if it needs none."""
    form: Schema = {
        "type": "object",
        "properties": {name: arguments},
        "required": [name],
        "additionalProperties": False,
    }
    return {"anyOf": [{"const": name}, form]} if name_alone else form
