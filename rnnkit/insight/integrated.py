"""Integrated gradients (Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep
networks"): contributions that add up to the difference of the score from that of a baseline input.
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

TOLERANCE = 1e-3  # relative to the difference of the scores
NOISE = 1e-6  # relative to the scores, which are computed in float32
POINTS = 8  # of a stretch of the path (Gauss-Legendre)
MOST = 2048  # points of the whole path
CANCELLED = 10  # times the tolerance: the absolute errors of stretches that may cancel
AT_ONCE = 16  # points computed at once


@dataclass(frozen=True)
class _Stretch:
    """A stretch of the path.

    Args:
        begin: The share of the path at which it begins.
        end: The share at which it ends.
        parts: The contributions on it, (answers, steps, features).
        errors: The deviation of their sums from the changes of the scores, (answers,).
    """

    begin: float
    end: float
    parts: Array
    errors: Array


def integrated_gradients(question: Question, path: Path) -> Attribution:
    """The mean gradient along the line from the baseline input, all fillers, times the difference
    of each feature. Stretches of the line on which contributions do not add up, as at the kink of
    an activation, are halved until they do.

    Args:
        question: The question, which `path` answers.
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
        bound = tolerance / len(stretches)
        precise, halves = list[_Stretch](), list[tuple[float, float]]()
        for stretch in stretches:
            if (np.abs(stretch.errors) <= bound).all():
                precise.append(stretch)
            else:
                middle = (stretch.begin + stretch.end) / 2
                halves += [(stretch.begin, middle), (middle, stretch.end)]
        points += len(halves) * POINTS
        stretches = [*precise, *_stretches(question, path, (first, way), halves)]
    parts = sum((stretch.parts for stretch in stretches), np.zeros(1))
    parts = parts[:, begin : begin + len(question.inputs)]
    error = float(np.abs(parts.sum(axis=(1, 2)) - (whole - start)).max())
    if not _add_up(stretches, tolerance):
        log.warning(f"contributions add up only to within {error:.2g}, after {points:,} points")
    if not question.features:
        parts = parts.sum(axis=-1, keepdims=True)
    return Attribution(whole, np.moveaxis(parts, 0, -1), start, error, points)


def _add_up(stretches: Sequence[_Stretch], tolerance: Array) -> bool:
    """Whether the contributions add up, and not merely by errors that cancel."""
    errors = np.stack([stretch.errors for stretch in stretches])
    is_right = np.abs(errors.sum(axis=0)) <= tolerance
    return bool((is_right & (np.abs(errors).sum(axis=0) <= CANCELLED * tolerance)).all())


def _stretches(
    question: Question, path: Path, line: tuple[Array, Array], ends: Sequence[tuple[float, float]]
) -> list[_Stretch]:
    """The stretches of a line between pairs of shares.

    Args:
        question: The question, which `path` answers.
        path: The model.
        line: The first point of the line, and the difference of the last, (steps, features) each.
        ends: The shares of the line at which each stretch begins and ends.
    """
    first, way = line
    nodes, weights = np.polynomial.legendre.leggauss(POINTS)
    inner = [low + (high - low) * (nodes + 1) / 2 for low, high in ends]
    shares = np.concatenate([[*on, *pair] for on, pair in zip(inner, ends, strict=True)])
    scores, slopes = list[Array](), list[Array]()
    size = max(1, min(AT_ONCE, question.at_once))
    for start in range(0, len(shares), size):
        points = first + shares[start : start + size, None, None] * way
        point_scores, gradients = path.gradients(question, points.astype(first.dtype))
        scores.append(point_scores)
        slopes.append(gradients * way)
    all_scores = np.concatenate(scores).reshape(len(ends), POINTS + 2, -1)
    all_slopes = np.concatenate(slopes, axis=1)
    stretches = []
    for index, (low, high) in enumerate(ends):
        at_nodes = all_slopes[:, index * (POINTS + 2) :][:, :POINTS]
        parts = np.einsum("apsf,p->asf", at_nodes, weights) * (high - low) / 2
        change = all_scores[index, -1] - all_scores[index, -2]
        stretches.append(_Stretch(low, high, parts, parts.sum(axis=(1, 2)) - change))
    return stretches
