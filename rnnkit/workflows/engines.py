"""Selection of the inference engine: the user's choice, or the fastest one available."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

import numpy as np

from rnnkit import kernels
from rnnkit.architecture import Architecture
from rnnkit.engine.forward import Engine
from rnnkit.environment import library_version, require
from rnnkit.errors import RnnkitError, did_you_mean, here
from rnnkit.progress import log
from rnnkit.tasks.network import Outputs
from rnnkit.workflows.keras_outputs import KerasOutputs

EngineName = Literal["auto", "numpy", "kernels", "onnx", "keras"]
"""`auto` uses the compiled kernels where available, NumPy for layers without a kernel, and Keras
for a model with a layer that NumPy does not implement. It never uses ONNX Runtime, whose start
takes longer than a command gains by it (docs/results.md). If the chosen engine cannot compute a
model, another one does, with a warning. `keras` needs its backend, `onnx` the extra rnnkit[onnx].
"""
ENGINES: tuple[str, ...] = get_args(EngineName)

_CHOSEN: ContextVar[str] = ContextVar("engine", default="auto")


@contextmanager
def use_engine(engine: str) -> Iterator[None]:
    """Sets the engine of runs that are opened inside the `with` block.

    Raises:
        RnnkitError: If the engine is unknown.
    """
    if engine not in ENGINES:
        expected = f"Expected one of: {', '.join(ENGINES)}"
        raise RnnkitError("engine", f"found {engine!r}", expected, did_you_mean(engine, ENGINES))
    before = _CHOSEN.set(engine)
    try:
        yield
    finally:
        _CHOSEN.reset(before)


def chosen_engine() -> str:
    """The engine of runs that are opened in this context."""
    return _CHOSEN.get()


def outputs_of(architecture: Architecture, weights: Mapping[str, np.ndarray]) -> Outputs:
    """The function that computes a model's outputs with the chosen engine."""
    engine = chosen_engine()
    if engine == "onnx" and (outputs := _by_onnx(architecture, weights)):
        return outputs
    unsupported = ", ".join(Engine.unsupported(architecture))
    if engine == "keras" or unsupported:
        if engine == "auto":
            start = "keras answers, which takes a few seconds to start"
            log.info(here(f"NumPy does not know the layer {unsupported}: {start}"))
        elif engine != "keras":
            got = f"engine {engine}: NumPy does not know the layer {unsupported}"
            log.warning(here(f"{got}: keras answers"))
        return KerasOutputs(architecture, dict(weights))
    own_engine = Engine(architecture, weights, by_kernels=engine != "numpy")
    if engine == "kernels":
        _warn_without_kernels(own_engine)
    return own_engine


def _by_onnx(architecture: Architecture, weights: Mapping[str, np.ndarray]) -> Outputs | None:
    """Outputs computed by ONNX Runtime; None, with a warning, if ONNX cannot express a layer.

    Raises:
        RnnkitError: If ONNX Runtime is not installed.
    """
    require("onnxruntime", "onnx")
    from rnnkit.export.onnx import OnnxOutputs, why_not_written

    if reason := why_not_written(architecture):
        log.warning(here(f"engine onnx: {reason}. NumPy or keras answers"))
        return None
    log.info(here(f"ONNX Runtime {library_version('onnxruntime')} answers"))
    return OnnxOutputs.of(architecture, weights)


def _warn_without_kernels(engine: Engine) -> None:
    """Warns if NumPy computes recurrent layers although the kernels were chosen."""
    if reason := kernels.why_missing():
        log.warning(here(f"engine kernels: {reason}. NumPy answers"))
    elif layers := engine.without_kernel():
        names = ", ".join(layers)
        got = f"engine kernels: there is none for the layer {names}"
        log.warning(here(f"{got}, which NumPy computes"))
