"""Arrays that record how they were computed.

A cell computes with any array namespace (`rnnkit.cells.cell`), and a layer with NumPy's operators
and functions. Both accept a `Term`, so that the computation of a model's own code, a user's cell
included, can be written down (`formulas`) and differentiated (`adjoints`).
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.models.activations import ACTIVATIONS

LISTS = (list, tuple)  # not `list | tuple`, which would be built for each check

SIGNS: dict[str, tuple[Callable[..., Any], int]] = {
    ">=": (operator.ge, 0),
    ">": (operator.gt, 0),
    "<=": (operator.le, 0),
    "<": (operator.lt, 0),
    "+": (operator.add, 1),
    "-": (operator.sub, 1),
    "*": (operator.mul, 2),
    "/": (operator.truediv, 2),
    "**": (operator.pow, 3),
    "@": (operator.matmul, 2),
}
"""The function of each operator, and its precedence."""
UFUNCS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "power": "**",
    "matmul": "@",
    "negative": "neg",
    "greater_equal": ">=",
    "greater": ">",
    "less_equal": "<=",
    "less": "<",
}
"""The operators of numpy's functions; others appear under their own name."""

_NUMBERS = itertools.count()  # numbers terms in the order of their computation


class Term:
    """An array, and what it was computed from.

    Args:
        value: The array.
        symbol: An operator, or the name of a function; "" for an input.
        operands: What it was computed from: terms, numbers and lists of terms.
        name: Its name in formulas; "" to write out its computation.
        options: The function's further arguments, such as `axis`.
    """

    def __init__(
        self,
        value: Any,
        symbol: str = "",
        operands: Sequence[Any] = (),
        name: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.value = np.asarray(value)
        self.symbol, self.operands, self.name = symbol, tuple(operands), name
        self.options = options or {}
        self.number = next(_NUMBERS)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def dtype(self) -> Any:
        return self.value.dtype

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def T(self) -> Term:  # noqa: N802 - numpy calls it so
        return Term(self.value.T, "transpose", (self,))

    def __getitem__(self, index: Any) -> Term:
        return Term(self.value[index], "[]", (self, index))

    def __neg__(self) -> Term:
        return Term(-self.value, "neg", (self,))

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Any:
        return (self[index] for index in range(len(self.value)))

    def __bool__(self) -> bool:
        return bool(self.value)

    def reshape(self, *shape: Any) -> Term:
        return Term(self.value.reshape(*shape), "reshape", (self,))

    def astype(self, dtype: Any) -> Term:
        return Term(self.value.astype(dtype), "astype", (self,))

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RnnkitError(
            "",
            "an array is made of what is being recorded",
            "Expected functions of the array namespace, which are called with arrays alone",
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        """`np.tanh(term)`, `array + term`; after `array += term`, `array` is a term."""
        if method != "__call__":
            got = f"numpy.{ufunc.__name__}.{method}, which is not recorded"
            raise RnnkitError("", got, "Expected a function, such as numpy.sum")
        options.pop("out", None)
        name = UFUNCS.get(ufunc.__name__, ufunc.__name__)
        return Term(ufunc(*map(value_of, operands), **options), name, operands, options=options)

    def __array_function__(
        self, function: Any, types: Any, operands: Sequence[Any], options: Mapping[str, Any]
    ) -> Any:
        """`np.concatenate([term, array], axis=-1)`."""
        if function is np.split:
            return Terms.split(*operands, **options)
        result = function(*map(value_of, operands), **options)
        return Term(result, function.__name__, operands, options=options)


def _binary(sign: str, swapped: bool) -> Callable[[Term, Any], Term]:
    compute = SIGNS[sign][0]

    def method(self: Term, other: Any) -> Term:
        first, second = (other, self) if swapped else (self, other)
        return Term(compute(value_of(first), value_of(second)), sign, (first, second))

    return method


def _function(name: str) -> Callable[..., Any]:
    function = getattr(np, name)

    def method(self: Term, *operands: Any, **options: Any) -> Any:
        return function(self, *operands, **options)

    return method


for _sign, _method in {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "**": "pow",
    "@": "matmul",
}.items():
    setattr(Term, f"__{_method}__", _binary(_sign, swapped=False))
    setattr(Term, f"__r{_method}__", _binary(_sign, swapped=True))
for _sign, _method in {">=": "ge", ">": "gt", "<=": "le", "<": "lt"}.items():
    setattr(Term, f"__{_method}__", _binary(_sign, swapped=False))
for _method in ("sum", "mean", "max", "min", "clip", "swapaxes", "transpose", "squeeze"):
    setattr(Term, _method, _function(_method))


class Terms:
    """The array namespace of terms; functions that it does not define are numpy's."""

    @staticmethod
    def split(array: Term, sections: int | Sequence[int], axis: int = 0) -> list[Term]:
        axis, size = axis % array.ndim, array.shape[axis]
        if isinstance(sections, int):
            sections = range(size // sections, size, size // sections)
        bounds = itertools.pairwise([0, *sections, size])
        return [array[(slice(None),) * axis + (slice(*span),)] for span in bounds]

    @staticmethod
    def activation(name: str) -> Callable[[Term], Term]:
        return lambda x: Term(ACTIVATIONS[name](x.value), name, (x,))

    def __getattr__(self, name: str) -> Any:
        return self.activation(name) if name in ACTIVATIONS else getattr(np, name)


def value_of(operand: Any) -> Any:
    """The array of a term, or of each term in a list; anything else unchanged."""
    if isinstance(operand, Term):
        return operand.value
    if isinstance(operand, LISTS):
        return type(operand)(map(value_of, operand))
    return operand
