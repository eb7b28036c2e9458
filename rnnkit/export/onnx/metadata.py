"""The metadata of an ONNX file, which make it usable without the run folder."""

from __future__ import annotations

import json

import numpy as np

from rnnkit import __version__
from rnnkit.export.onnx.graphs import MODEL, START, STEP, has_state, state_names
from rnnkit.export.target import Model
from rnnkit.storage import read_bytes
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor
from rnnkit.tasks.tagging.predictor import TaggingPredictor

FORMAT = "1"
FILES = ("config", "tokenizer", "source_tokenizer", "labels", "scaler", "lengths")
"""The files of the run folder that are included, by their names in `RunFolder`."""


def metadata(model: Model) -> dict[str, str]:
    """The keys and texts; structures are JSON. docs/guides/onnx.md explains them
    all.
    """
    architecture, predictor = model.architecture, model.predictor
    graphs = [STEP] if has_state(architecture) else [MODEL]
    if architecture.condition:
        graphs.append(START)
    facts: dict[str, object] = {"graphs": graphs}
    if has_state(architecture):
        names = state_names(architecture).values()
        facts["states"] = {name: f"{name}/next" for of_layer in names for name in of_layer}
    if isinstance(predictor, ForecastingPredictor):
        codec = predictor.codec
        facts["features"] = codec.names
        facts["known"] = [codec.names[place] for place in np.flatnonzero(codec.is_known)]
        facts["targets"] = codec.names[: codec.outputs]
        facts["quantiles"] = predictor.levels
    if isinstance(predictor, TaggingPredictor) and predictor.scheme.legal:
        legal = predictor.scheme.legal._asdict()
        facts["legal"] = {key: array.astype(int).tolist() for key, array in legal.items()}
    texts = {key: json.dumps(fact, ensure_ascii=False) for key, fact in facts.items()}
    files = {
        name: read_bytes(path).decode()
        for name in FILES
        if (path := getattr(model.run, name)).is_file()
    }
    about = {"format": FORMAT, "version": __version__, "task": model.task.kind()}
    return {f"rnnkit.{key}": text for key, text in (about | texts | files).items()}
