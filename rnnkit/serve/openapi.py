"""The OpenAPI 3.1 description of the server's paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rnnkit import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rnnkit.serve.routes import Endpoint

REF = "#/components/schemas/{model}"
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": ["object", "string"],
            "description": "what was wrong; a text in /v2",
            "properties": {
                name: {"type": ["string", "null"], "description": words}
                for name, words in {
                    "message": "the whole message",
                    "type": "the type, as in OpenAI's API",
                    "param": "the field",
                    "code": "a short name",
                    "place": "the field, or a place in it",
                    "found": "what was found there",
                    "expected": "what would have been right",
                    "hint": "what to do",
                }.items()
            },
        }
    },
}


def description(routes: Sequence[Endpoint], *, has_key: bool) -> dict[str, Any]:
    """The OpenAPI document.

    Args:
        routes: The paths.
        has_key: Whether requests need a key.
    """
    schemas: dict[str, Any] = {"Error": ERROR}
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "rnnkit",
            "version": __version__,
            "description": "Answers and continuations of recurrent sequence models.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if has_key:
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"key": []}]
    return document


def _operation(route: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"} if route.media == "application/json" else {}
    content = {route.media: {"schema": schema or {"type": "string"}}}
    if route.path == "/v1/completions":
        content["text/event-stream"] = {"schema": {"type": "string"}}
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()}{route.path}").strip("_"),
        "summary": (route.handler.__doc__ or "").strip().split("\n")[0],
        "responses": {
            "200": {"description": "The answer.", "content": content},
            "default": {
                "description": "What was wrong.",
                "content": {"application/json": {"schema": {"$ref": REF.format(model="Error")}}},
            },
        },
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in route.query
    ]
    if parameters:
        operation["parameters"] = parameters
    if route.takes is not None:
        schema = route.takes.model_json_schema(ref_template=REF)
        schemas.update(schema.pop("$defs", {}))
        schemas[route.takes.__name__] = schema
        body = {"schema": {"$ref": REF.format(model=route.takes.__name__)}}
        operation["requestBody"] = {"required": True, "content": {"application/json": body}}
    return operation
