"""The page: a model, an engine that computes it, and a playground, in one text."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.errors import RnnkitError
from rnnkit.export.html import layers, tokenizers
from rnnkit.export.html.weights import pack
from rnnkit.export.target import Model
from rnnkit.models.layers.words import Words
from rnnkit.tasks.playground import Playground, Sentence

SCRIPTS = (
    *("engine.js", "decode.js", "tokens.js", "model.js"),
    *("elements.js", "inside.js", "equations.js", "tokenview.js"),
    *("continuation.js", "verdict.js", "tagging.js", "decoding.js", "forecasting.js", "start.js"),
)


def page(model: Model) -> str:
    """The page of a model.

    Raises:
        RnnkitError: If it cannot compute a layer, which is named, or follow the tokenizer, or is
            larger than a browser should open.
    """
    asked = _playground(model)
    weights = pack(model.weights)
    about = {
        "name": model.run.path.name,
        "kind": model.task.kind(),
        "parameters": int(sum(array.size for array in model.weights.values())),
        "precision": weights.kind,
        "network": layers.describe(model.architecture),
        "spelling": _spelling(model.architecture),
        "playground": {"kind": type(asked).__name__, **_description(asked)},
        "shapes": weights.shapes,
    }
    return _filled(model.run.path.name, _json(about), weights.text)


def _playground(model: Model) -> Playground:
    predictor = model.predictor
    # a subclass inherits it, but its answers may be its own
    asked = predictor.playground() if "playground" in vars(type(predictor)) else None
    if asked is None:
        got = f"no page knows how {type(predictor).__name__} answers"
        raise RnnkitError("", got, "Expected a predictor whose class has `playground`")
    return asked


def _spelling(architecture: Architecture) -> dict[str, Any] | None:
    """How a word is read in addition to its own vector; None if it is not."""
    first = architecture.input_spec
    if not isinstance(first, Words):
        return None
    kind = "subwords" if first.subwords else "characters"
    return {"kind": kind, **first.encoder.model_dump(include={*_SPELLED})}


_SPELLED = ("length", "shortest", "longest", "buckets")


def _description(value: Any) -> Any:
    """A value for JSON, dataclasses as objects of their fields."""
    if isinstance(value, Tokenizer):
        return tokenizers.describe(value)
    if isinstance(value, np.ndarray):
        return value.tolist()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: _description(getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
        kind: dict[str, Any] = {"kind": type(value).__name__}
        if isinstance(value, Sentence):
            kind["sentences"] = tokenizers.sentences(value.tokenizer)
        return {**kind, **fields}
    if hasattr(value, "_asdict"):
        return {name: _description(part) for name, part in value._asdict().items()}
    return [_description(item) for item in value] if isinstance(value, tuple) else value


def _json(about: Mapping[str, Any]) -> str:
    """JSON with escapes for everything that could end a script or begin a tag."""
    text = json.dumps(_finite(about), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text.encode("utf-8", "replace").decode()


def _finite(value: Any) -> Any:
    """A value with null for NaN and infinity."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def _filled(name: str, about: str, weights: str) -> str:
    script = "\n".join(["'use strict';", "(() => {", *map(_read, SCRIPTS), "})();"])
    style = _read("style.css")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src 'sha256-{_hash(script)}'",
            f"style-src 'sha256-{_hash(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    parts = {
        "policy": policy,
        "title": html.escape(name.encode("utf-8", "replace").decode()),
        "style": style,
        "model": about,
        "weights": weights,
        "script": script,
    }
    text = _read("page.html")
    before, *rest = text.split("{{")
    filled = (parts[part.split("}}", 1)[0]] + part.split("}}", 1)[1] for part in rest)
    return before + "".join(filled)


def _read(name: str) -> str:
    return files("rnnkit.export.html").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
