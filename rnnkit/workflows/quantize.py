"""Export with 8-bit weights, with sizes, speed and scores before and after quantization."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.errors import RUN_FAILED, RnnkitError, at
from rnnkit.export.target import ExportedOutputs, Int8Target, Model
from rnnkit.registry import EXPORTS
from rnnkit.report.numbers import number_text
from rnnkit.tasks.evaluation import COUNTS, LESS_IS_BETTER, is_better
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.prepared import Prepared, Source
from rnnkit.workflows.export import (
    Exported,
    find_target,
    open_model,
    require_output,
    write_model,
)

STEPS = 100  # length of the timed sequence, if the model accepts any length
ROUNDS = 7
PARTS = ("validation", "test", "train")

Scores = Mapping[str, float]


@dataclass(frozen=True)
class Measurements:
    """Size, speed and scores of a model.

    Args:
        size_bytes: The size of its files.
        milliseconds: The median time to answer one sequence.
        scores: The scores by name.
    """

    size_bytes: int
    milliseconds: float
    scores: Scores


@dataclass(frozen=True)
class Quantized:
    """A model that was exported with 8-bit weights.

    Args:
        written: Its files.
        part: The part of the data on which both models were scored.
        steps: The length of the timed sequence.
        before: The float32 model, also run by ONNX Runtime.
        after: The 8-bit model.
    """

    written: Exported
    part: str
    steps: int
    before: Measurements
    after: Measurements

    @property
    def summary(self) -> str:
        """A sentence with sizes and scores before and after."""
        before, after = self.before.size_bytes / 1e3, self.after.size_bytes / 1e3
        sizes = f"{before:,.1f} kB became {after:,.1f}"
        scores = [
            f"{name} {value:.4g} became {self.after.scores[name]:.4g}"
            for name, value in self.before.scores.items()
            if name not in COUNTS
        ]
        return f"{self.written.path}: {', '.join([sizes, *scores])} on the {self.part} part"


def export_int8(
    name: str | None,
    target: str,
    output: str | None = None,
    *,
    max_loss: float = 1.0,
    overwrite: bool = False,
) -> Quantized:
    """Exports a trained model with 8-bit weights if its scores stay about as good.

    Args:
        name: A run's folder or name; None for the newest.
        target: An export target with 8-bit weights: "onnx".
        output: As in `export`.
        max_loss: The largest loss of a score: in percentage points for shares such as the accuracy,
            in percent for errors such as the perplexity.
        overwrite: As in `export`.

    Raises:
        RnnkitError: If a score is worse by more than `max_loss` (then nothing is written), the data
            to score on cannot be read, or the export fails as in `export`.
    """
    writer = _int8_target(target)
    model = open_model(name)
    require_output(writer, model, output, overwrite=overwrite)
    task = model.task
    data = task.prepare(Source(sample=model.run.uses_sample), model.predictor.codec)
    part = next(part for part in PARTS if part in data.parts)
    steps = model.architecture.input_shape[0] or STEPS

    def measure(exported: ExportedOutputs) -> Measurements:
        outputs = exported.outputs
        scores = _scores(model, data, outputs, part)
        milliseconds = _milliseconds(outputs, model.architecture, steps)
        return Measurements(exported.size_bytes, milliseconds, scores)

    with at(f"export {target}"):
        before, after = map(measure, writer.answering(model))
    for metric, worse in losses(before.scores, after.scores).items():
        if worse > max_loss:
            scores = [number_text(result.scores[metric]) for result in (before, after)]
            got = f"{metric} on the {part} part goes from {' to '.join(scores)}, worse by more than"
            got += f" {max_loss:g}"
            hint = f"Allow more with --max-loss {np.ceil(worse):g}, or export it without --int8"
            raise RnnkitError("--int8", got, "Nothing was written", hint, exit_code=RUN_FAILED)
    written = write_model(writer, model, output, f"export {target}", overwrite=overwrite)
    return Quantized(written, part, steps, before, after)


def _int8_target(target: str) -> Int8Target:
    """Returns the 8-bit version of an export target.

    Raises:
        RnnkitError: If the target is unknown, or has no 8-bit weights.
    """
    if (writer := find_target(target).int8()) is not None:
        return writer
    others = [name for name in sorted(EXPORTS) if find_target(name).int8() is not None]
    expected = f"Expected one of: {', '.join(others)}"
    raise RnnkitError("--int8", f"{target} has no weights of eight bits", expected)


def losses(before: Scores, after: Scores) -> dict[str, float]:
    """Returns how much worse each score is: in percentage points, or in percent for errors. The
    loss is judged only if there are no other scores, as these depend on it.
    """
    metrics = [name for name in before if name not in COUNTS]
    judged = [name for name in metrics if name not in ("loss", "log_loss")] or metrics
    return {
        name: _loss(name, before[name], after.get(name, np.nan))
        for name in judged
        if np.isfinite(before[name])
    }


def _loss(metric: str, before: float, after: float) -> float:
    if not np.isfinite(after):
        return np.inf
    if not is_better(metric, before, after):
        return 0.0
    if metric in LESS_IS_BETTER and metric != "calibration_error":  # which is a small share
        return 100 * abs(after - before) / max(abs(before), 1e-9)
    return abs(after - before) * (100 if max(abs(before), abs(after)) <= 1 else 1)


def _scores(model: Model, data: Prepared, outputs: Outputs, part: str) -> Scores:
    predictor = model.task.predictor(model.predictor.codec, outputs)
    evaluation = model.task.evaluator(predictor, data).evaluate(part)
    return evaluation.rows[0].scores


def _milliseconds(outputs: Outputs, architecture: Architecture, steps: int) -> float:
    """Returns the median time to answer one sequence of token 1, or of ones, in milliseconds."""
    shape = (1, steps, *(size or 1 for size in architecture.input_shape[1:]))
    inputs = np.ones(shape, architecture.input_dtype)
    source = None
    if architecture.encoder:
        source = np.ones((1, steps), np.int32)
    elif architecture.condition:
        source = np.ones((1, *(size or 1 for size in architecture.condition.inputs)), np.float32)

    def answer() -> None:
        if source is None:
            outputs(inputs)
        else:
            outputs.step(inputs, outputs.init_state(1, source))

    answer()
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        answer()
        seconds.append(time.perf_counter() - start)
    return 1000 * median(seconds)
