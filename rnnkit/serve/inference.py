"""The Open Inference Protocol, version 2: texts as BYTES, ids as INT32 or INT64, numbers as FP32 or
FP64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from rnnkit import __version__
from rnnkit.data.encode.arrays import ArrayCodec
from rnnkit.errors import RnnkitError, at
from rnnkit.quantities import counted
from rnnkit.serve.body import read
from rnnkit.serve.completion_plan import known_ids
from rnnkit.serve.failures import Failure
from rnnkit.serve.predict import json, predictions
from rnnkit.serve.queries import Rows
from rnnkit.serve.requests import InferRequest, Tensor
from rnnkit.serve.served_runs import ServedRun
from rnnkit.serve.state import state_of
from rnnkit.tasks.capabilities import Forecasts, ScoresTokens
from rnnkit.tasks.predictor import Predictor

VERSION = "1"
IDS, NUMBERS, TEXTS = ("INT32", "INT64"), ("FP32", "FP64"), "BYTES"


async def server(request: Request) -> Response:
    """Describes the server."""
    return json({"name": "rnnkit", "version": __version__, "extensions": []})


async def live(request: Request) -> Response:
    """Tells whether the server is running."""
    return json({"live": True})


async def ready(request: Request) -> Response:
    """Tells whether the server answers requests."""
    is_ready = not state_of(request).is_stopping
    return json({"ready": is_ready}, 200 if is_ready else 503)


async def model(request: Request) -> Response:
    """Describes a run's inputs and outputs."""
    run = _requested_run(request)
    return json(
        {
            "name": run.name,
            "versions": [VERSION],
            "platform": f"rnnkit_{run.task}",
            "inputs": _inputs(run.predictor),
            "outputs": [
                {"name": name, "datatype": datatype, "shape": [-1]}
                for name, datatype in _outputs(run.predictor)
            ],
        }
    )


async def model_ready(request: Request) -> Response:
    """Tells whether a run answers requests."""
    run = _requested_run(request)
    return json({"name": run.name, "ready": True})


async def infer(request: Request) -> Response:
    """Answers a tensor by tensors, one for each column of the answers."""
    state = state_of(request)
    run = _requested_run(request)
    body = await read(request, InferRequest, state.limits)
    top, horizon = _parameters(body)
    (tensor,) = body.inputs
    with at("inputs[0]"):
        data = _data(run.predictor, tensor)
    rows, _ = await predictions(state, run, data, top, horizon)
    outputs = _tensors(rows)
    if body.outputs:
        names = [output.name for output in body.outputs]
        for name in names:
            if name not in {output["name"] for output in outputs}:
                known = ", ".join(str(output["name"]) for output in outputs)
                raise RnnkitError("outputs", f"no output {name[:100]!r}", f"Expected {known}")
        outputs = [output for output in outputs if output["name"] in names]
    answer: dict[str, Any] = {"model_name": run.name, "model_version": VERSION, "outputs": outputs}
    return json(answer if body.id is None else {**answer, "id": body.id})


def _requested_run(request: Request) -> ServedRun:
    """The run and version that the path names.

    Raises:
        Failure: If there is no such run, or no such version; each run has one.
    """
    run = state_of(request).models.named(request.path_params["name"])
    version = request.path_params.get("version", VERSION)
    if version != VERSION:
        got = f"no version {version[:100]!r} of {run.name}"
        raise Failure(404, RnnkitError("version", got, f"Expected {VERSION}"))
    return run


def _parameters(body: InferRequest) -> tuple[int | None, int | None]:
    values = []
    for name in ("top", "horizon"):
        value = (body.parameters or {}).get(name)
        if value is not None and (type(value) is not int or not 1 <= value <= 10_000):
            found, expected = f"found {str(value)[:100]}", "Expected a whole number from 1 to 10000"
            raise RnnkitError(f"parameters.{name}", found, expected)
        values.append(value)
    return values[0], values[1]


def _inputs(predictor: Predictor) -> list[dict[str, object]]:
    if isinstance(predictor.codec, ArrayCodec):
        shape = [-1, -1, predictor.codec.features]
        return [{"name": "x", "datatype": "FP32", "shape": shape}]
    if isinstance(predictor, Forecasts):
        return [{"name": "series", "datatype": "FP32", "shape": [-1]}]
    return [{"name": "text", "datatype": "BYTES", "shape": [-1]}]


def _outputs(predictor: Predictor) -> list[tuple[str, str]]:
    columns = predictor.answer_columns
    if isinstance(predictor, ScoresTokens):
        columns = {"token": str, "probability": float}
    datatypes = {int: "INT64", float: "FP64", str: TEXTS}
    return [*((name, datatypes[kind]) for name, kind in columns.items()), ("rows", "INT64")]


def _data(predictor: Predictor, tensor: Tensor) -> object:
    """A tensor as the data of /v1/predict."""
    if any(size < 0 for size in tensor.shape) or len(tensor.shape) > 3 or not tensor.shape:
        raise RnnkitError("shape", f"found {tensor.shape}", "Expected one to three sizes")
    flat = _flat(tensor.data)
    count = int(np.prod(tensor.shape, dtype=object))
    if len(flat) != count:
        raise RnnkitError("data", counted(len(flat), "value"), f"Expected {count:,}, as shape says")
    if tensor.datatype == TEXTS:
        if isinstance(predictor.codec, ArrayCodec) or isinstance(predictor, Forecasts):
            raise RnnkitError("datatype", "texts", "Expected FP32")
        return _texts(flat)
    if tensor.datatype in IDS and not isinstance(predictor.codec, ArrayCodec | type(None)):
        if not isinstance(predictor, Forecasts):
            return _texts_of_ids(predictor, _whole(flat), tensor.shape)
    elif tensor.datatype not in (*NUMBERS, *IDS):
        expected = f"Expected one of: {', '.join((TEXTS, *IDS, *NUMBERS))}"
        raise RnnkitError("datatype", f"found {tensor.datatype[:100]!r}", expected)
    return _numbers(predictor, flat, tensor.shape)


def _flat(data: Sequence[Any]) -> list[Any]:
    """Nested lists flattened."""
    flat, stack = list[Any](), list(reversed(data))
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack += reversed(value)
        else:
            flat.append(value)
    return flat


def _texts(flat: Sequence[Any]) -> list[str]:
    for value in flat:
        if not isinstance(value, str):
            raise RnnkitError("data", f"found {str(value)[:100]}", "Expected texts")
    return list(flat)


def _whole(flat: Sequence[Any]) -> list[int]:
    for value in flat:
        if type(value) is not int:
            raise RnnkitError("data", f"found {str(value)[:100]}", "Expected whole numbers")
    return list(flat)


def _texts_of_ids(predictor: Predictor, flat: list[int], shape: Sequence[int]) -> list[str]:
    """The text of each row of token ids."""
    tokenizer = getattr(predictor.codec, "tokenizer", None) or getattr(
        predictor.codec, "source", None
    )
    if tokenizer is None:
        raise RnnkitError("datatype", "token ids", "Expected BYTES")
    width = shape[-1] if len(shape) > 1 else len(flat)
    with at("data"):
        known_ids(flat, len(tokenizer))
    rows = [flat[start : start + width] for start in range(0, len(flat), width or 1)]
    return [tokenizer.text(row) for row in rows]


def _numbers(predictor: Predictor, flat: Sequence[Any], shape: Sequence[int]) -> object:
    for value in flat:
        if type(value) not in (int, float):
            raise RnnkitError("data", f"found {str(value)[:100]}", "Expected numbers")
    if isinstance(predictor, Forecasts):
        columns = list(predictor.codec.columns)
        width = shape[-1] if len(shape) > 1 else 1
        if width == 1:
            return list(flat)
        if width != len(columns):
            expected = f"Expected {counted(len(columns), 'column')}: {', '.join(columns)}"
            raise RnnkitError("shape", counted(width, "column"), expected)
        return {name: list(flat[index::width]) for index, name in enumerate(columns)}
    if not isinstance(predictor.codec, ArrayCodec):
        raise RnnkitError("datatype", "numbers", "Expected BYTES")
    array = np.array(flat, np.float64).reshape(shape)
    if array.ndim == 1:
        array = array[:, None]
    return (array[None] if array.ndim == 2 else array).tolist()


def _tensors(rows: Sequence[Rows | None]) -> list[dict[str, object]]:
    """The columns of all answers, and the number of rows of each query; a list has a row for each
    item.
    """
    columns: dict[str, list[Any]] = {}
    counts = []
    for answer in rows:
        before = max(map(len, columns.values()), default=0)
        for row in answer or []:
            for name, value in row.items():
                columns.setdefault(name, []).extend(value if isinstance(value, list) else [value])
        counts.append(max(map(len, columns.values()), default=0) - before)
    tensors = [_tensor(name, values) for name, values in columns.items()]
    return [*tensors, {"name": "rows", "datatype": "INT64", "shape": [len(rows)], "data": counts}]


def _tensor(name: str, values: list[Any]) -> dict[str, object]:
    kinds = {type(value) for value in values}
    if kinds <= {bool}:
        datatype = "BOOL"
    elif kinds <= {int}:
        datatype = "INT64"
    elif kinds <= {int, float}:
        datatype = "FP64"
    else:
        datatype, values = "BYTES", [str(value) for value in values]
    return {"name": name, "datatype": datatype, "shape": [len(values)], "data": values}
