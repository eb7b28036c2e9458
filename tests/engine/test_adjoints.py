"""Each derivative against finite differences in double precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnkit.engine.adjoints import differentiate
from rnnkit.engine.derivatives import ADJOINTS
from rnnkit.engine.terms import Term, Terms
from rnnkit.errors import RnnkitError
from rnnkit.models.activations import ACTIVATIONS

xp: Any = Terms()
IS_STEP = np.array([[[True], [True], [False], [True]], [[True], [False], [False], [True]]])
WINDOWS = np.lib.stride_tricks.sliding_window_view
A = np.random.default_rng(0).uniform(0.2, 1.8, (2, 4, 3)) * np.array([1, -1, 1])
B = np.random.default_rng(1).uniform(0.2, 1.8, (3, 5))

# Of a (2, 4, 3), whose middle column is negative, and of b (3, 5).
FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    **{name: lambda a, b, name=name: xp.activation(name)(a) for name in ACTIVATIONS},
    **{f"{name} by numpy": lambda a, b, f=f: f(a) for name, f in ACTIVATIONS.items()},
    "+": lambda a, b: a + b[:, 0] + (1 + a),
    "-": lambda a, b: a - b[:, :1].T - (1 - a),
    "*": lambda a, b: 2 * a * a * b[:, 1],
    "/": lambda a, b: a / b[:, 1] + 1 / a,
    "**": lambda a, b: a**3 + b[:, 0] ** b[:, 1],
    "@": lambda a, b: a @ b + np.matmul(a, a.swapaxes(1, 2)).sum() + (a @ b[:, 0]).sum(),
    "@ of a row": lambda a, b: a[0, 0] @ b,
    "dot": lambda a, b: np.dot(a, b),
    "neg": lambda a, b: -a,
    "absolute": lambda a, b: xp.abs(a),
    "arctan": lambda a, b: xp.arctan(a),
    "clip": lambda a, b: xp.clip(a, -0.7, 0.9),
    "cos": lambda a, b: xp.cos(a),
    "exp": lambda a, b: xp.exp(a),
    "expm1": lambda a, b: xp.expm1(a),
    "log": lambda a, b: xp.log(b),
    "log1p": lambda a, b: xp.log1p(b),
    "logaddexp": lambda a, b: np.logaddexp(a, b[:, 0]),
    "maximum": lambda a, b: xp.maximum(a, b[:, 0]),
    "minimum": lambda a, b: xp.minimum(b[:, 0], a),
    "nan_to_num": lambda a, b: xp.nan_to_num(a),
    "reciprocal": lambda a, b: xp.reciprocal(a),
    "sin": lambda a, b: xp.sin(a),
    "sqrt": lambda a, b: xp.sqrt(b),
    "square": lambda a, b: xp.square(a),
    "where": lambda a, b: xp.where(a > 0.5, a * 2, b[:, 2]),
    "a sign is a constant": lambda a, b: xp.sign(a) * a,
    "cumsum": lambda a, b: xp.cumsum(a, axis=1),
    "max": lambda a, b: a.max(axis=1, where=IS_STEP, initial=-np.inf) + xp.max(a),
    "mean": lambda a, b: a.mean(axis=1, where=IS_STEP) + xp.mean(b, axis=0, keepdims=True)[0, 0],
    "min": lambda a, b: a.min(axis=-1, keepdims=True),
    "sum": lambda a, b: a.sum(axis=1, where=IS_STEP) + xp.sum(b),
    "astype": lambda a, b: a.astype(np.float64) * 2,
    "broadcast_to": lambda a, b: xp.broadcast_to(b[:, 0], (4, 3)) * a,
    "concatenate": lambda a, b: xp.concatenate([a, np.ones((2, 1, 3)), 2 * a], axis=1),
    "expand_dims": lambda a, b: xp.expand_dims(a, 1) * a[:, :, None],
    "flip": lambda a, b: xp.flip(a, axis=1),
    "pad": lambda a, b: np.pad(a, ((0, 0), (1, 2), (0, 0))),
    "ravel": lambda a, b: xp.ravel(a),
    "reshape": lambda a, b: a.reshape(2, -1) * xp.reshape(a, (2, 12)),
    "roll": lambda a, b: xp.roll(a, 1, axis=1),
    "sliding_window_view": lambda a, b: WINDOWS(a, 3, axis=1),
    "split": lambda a, b: xp.split(b, [1, 3], axis=-1)[1] + np.split(b, 5, axis=1)[4],
    "squeeze": lambda a, b: xp.squeeze(a[:, :1], axis=1),
    "stack": lambda a, b: xp.stack([a[:, 0], 3 * a[:, 1]], axis=1),
    "swapaxes": lambda a, b: a.swapaxes(0, 2),
    "take_along_axis": lambda a, b: np.take_along_axis(a, np.array([[[2], [2], [0]]] * 2), axis=1),
    "transpose": lambda a, b: xp.transpose(a, (2, 0, 1)),
    "[]": lambda a, b: a[:, -1] + a[[0, 0, 1], [1, 1, 3]][:2] + a[..., ::2].sum(),
    "rows of a table": lambda a, b: b[np.array([[0, 2], [2, 2]])],
    "an array that is added to": lambda a, b: np.add(np.ones(3), a, out=None) * b[:, 0],
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_differentiate_is_the_slope(name: str) -> None:
    terms = [Term(A), Term(B)]
    answer = FUNCTIONS[name](*terms)
    generator = np.random.default_rng(2)
    share = generator.normal(size=answer.shape)
    size = 1e-6

    def answered(index: int, step: np.ndarray) -> Any:
        moved = [Term(array + step if at == index else array) for at, array in enumerate((A, B))]
        return FUNCTIONS[name](*moved).value

    for index, gradient in enumerate(differentiate(answer, share, terms)):
        assert gradient.shape == terms[index].shape
        step = size * generator.normal(size=gradient.shape)
        slope = ((answered(index, step) - answered(index, -step)) * share).sum() / 2
        assert (gradient * step).sum() == pytest.approx(slope, rel=1e-5, abs=1e-12)


def test_adjoints_are_each_tried() -> None:
    used, pending = set[str](), [function(Term(A), Term(B)) for function in FUNCTIONS.values()]
    while pending:
        term = pending.pop()
        if isinstance(term, Term):
            used.add(term.symbol)
            pending += term.operands
    assert not ADJOINTS.keys() - used


def test_differentiate_what_the_answer_does_not_depend_on_is_zero() -> None:
    a, b = Term(A), Term(B)
    gradient, none = differentiate(a * 2, np.ones(A.shape), [a, b])
    assert (gradient == 2).all()
    assert not none.any()
    assert none.shape == B.shape


def test_differentiate_what_is_used_again_gets_both() -> None:
    a = Term(np.array([3.0]))
    square = a * a
    assert differentiate(square * a + square, np.ones(1), [a, square])[0] == 3 * 9 + 2 * 3


def test_differentiate_takes_no_products_of_what_has_lost_its_digits() -> None:
    a, b = Term(np.ones((2, 2), np.float32)), Term(np.full((2, 2), 0.5, np.float32))
    gradient = np.array([[1e-38, 1e-20], [-1e-40, 1e-20]], np.float32)
    of_a, of_b = differentiate(a @ b, gradient, [a, b])
    assert of_a.tolist() == [[np.float32(5e-21)] * 2] * 2
    assert of_b.tolist() == [[0, np.float32(2e-20)]] * 2


def test_term_outside_of_numpy_functions_is_refused() -> None:
    with pytest.raises(RnnkitError, match="array"):
        np.array([Term(A)])
    with pytest.raises(RnnkitError, match="reduce"):
        np.logaddexp.reduce(Term(A))
