"""Integrated gradients: what each part contributes on the way from an input that says nothing
(Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks"). The contributions add
up to the difference of the scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.insight.attribution import Attribution
from rnnkit.insight.path import Path
from rnnkit.insight.question import Question
from rnnkit.progress import log

Array = np.ndarray

TOLERANCE = 1e-3  # of the difference of the scores
NOISE = 1e-6  # of the scores themselves, which are computed in float32
POINTS = 8  # of a stretch of the path (Gauss-Legendre)
MOST = 2048  # of the whole path
CANCELLED = 10  # times the tolerance: errors of stretches that may cancel
AT_ONCE = 16


@dataclass(frozen=True)
class _Stretch:
    """Of the path, from one share of it to another.

    Args:
        begin: The first share.
        end: The last one.
        parts: (answers, steps, features) what they contribute on it.
        errors: (answers,) by how much these differ from what the scores change.
    """

    begin: float
    end: float
    parts: Array
    errors: Array


def integrated_gradients(question: Question, path: Path) -> Attribution:
    """The mean gradient along the line from an input of fillers, times how far each feature of a
    token is from there. Stretches of the line on which the contributions do not add up, such as
    those with the corner of an activation, are divided until they do.

    Args:
        question: What is explained; `path` answers it.
        path: The model.
    """
    fillers = np.broadcast_to(question.filler, question.inputs.shape)
    whole, start = (question.scores(inputs[None])[0] for inputs in (question.inputs, fillers))
    first, begin = path.features(question, fillers)
    way = path.features(question, question.inputs)[0] - first
    tolerance = TOLERANCE * np.abs(whole - start) + NOISE * (1 + np.abs(whole) + np.abs(start))
    stretches = _stretches(question, path, (first, way), [(0.0, 1.0)])
    points = len(stretches) * POINTS
    while not _add_up(stretches, tolerance) and points < MOST:
        bound = tolerance / len(stretches)  # of each, so that all are right
        bad = [one for one in stretches if (np.abs(one.errors) > bound).any()]
        good = [one for one in stretches if not (np.abs(one.errors) > bound).any()]
        middles = [(one.begin, (one.begin + one.end) / 2, one.end) for one in bad]
        halves = [pair for low, middle, high in middles for pair in ((low, middle), (middle, high))]
        points += len(halves) * POINTS
        stretches = [*good, *_stretches(question, path, (first, way), halves)]
    parts = sum((one.parts for one in stretches), np.zeros(1))
    parts = parts[:, begin : begin + len(question.inputs)]
    error = float(np.abs(parts.sum(axis=(1, 2)) - (whole - start)).max())
    if not _add_up(stretches, tolerance):
        log.warning(f"contributions add up to {error:.2g} alone, after {points:,} points")
    if not question.features:
        parts = parts.sum(axis=-1, keepdims=True)
    return Attribution(whole, np.moveaxis(parts, 0, -1), start, error, points)


def _add_up(stretches: Sequence[_Stretch], tolerance: Array) -> bool:
    """Whether all of them do, and not only by errors that cancel."""
    errors = np.stack([one.errors for one in stretches])
    is_right = np.abs(errors.sum(axis=0)) <= tolerance
    return bool((is_right & (np.abs(errors).sum(axis=0) <= CANCELLED * tolerance)).all())


def _stretches(
    question: Question, path: Path, line: tuple[Array, Array], ends: Sequence[tuple[float, float]]
) -> list[_Stretch]:
    """Stretches of the line (its first point, and the way from there) between these shares."""
    first, way = line
    places, weights = np.polynomial.legendre.leggauss(POINTS)
    on_each = [low + (high - low) * (places + 1) / 2 for low, high in ends]
    shares = np.concatenate([[*on, *pair] for on, pair in zip(on_each, ends, strict=True)])
    scores, slopes = list[Array](), list[Array]()
    size = max(1, min(AT_ONCE, question.at_once))
    for start in range(0, len(shares), size):
        points = first + shares[start : start + size, None, None] * way
        of_points, gradients = path.gradients(question, points.astype(first.dtype))
        scores.append(of_points)
        slopes.append(gradients * way)
    each = np.concatenate(scores).reshape(len(ends), POINTS + 2, -1)
    along = np.concatenate(slopes, axis=1)
    found = []
    for number, (low, high) in enumerate(ends):
        of_it = along[:, number * (POINTS + 2) :][:, :POINTS]
        parts = np.einsum("apsf,p->asf", of_it, weights) * (high - low) / 2
        change = each[number, -1] - each[number, -2]
        found.append(_Stretch(low, high, parts, parts.sum(axis=(1, 2)) - change))
    return found
