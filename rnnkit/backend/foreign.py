"""Compiled functions as operations of JAX, by XLA's foreign function interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from rnnkit.backend.host import HostFunction, Native

_REGISTERED: set[str] = set()


def in_jax(
    function: HostFunction, arguments: Sequence[Any], others: Sequence[Any]
) -> Sequence[Any]:
    """The results of a function, with derivatives of any order, backwards and forwards."""
    assert function.native is not None
    _register(function.native)
    calls = _Calls(function, function.native, [argument.shape for argument in arguments])
    kept = _kept(calls)

    @jax.custom_jvp
    def operation(arguments: Any, others: Any) -> Any:
        return calls.forward(arguments, others, save=False)

    @operation.defjvp
    def tangent(primals: Any, tangents: Any) -> Any:
        every = kept(*primals)
        arrays = (*every, *primals[0], *tangents[0], *primals[1])
        return every[: function.results], _MOVED.bind(*arrays, calls=calls)

    results: Sequence[Any] = operation([jnp.asarray(one) for one in arguments], list(others))
    return results


@dataclass(frozen=True, eq=False)
class _Calls:
    """Calls of a function's native pair and of its equation, from lists of arrays to lists.

    Args:
        sizes: The shapes of the arguments.
    """

    function: HostFunction
    native: Native
    sizes: Sequence[tuple[int, ...]]

    def forward(self, arguments: Any, others: Any, *, save: bool) -> Any:
        return self._call(
            "forward", [*arguments, *others], self.function.shapes(self.sizes, save), save
        )

    def backward(self, arguments: Any, others: Any, every: Any, of_results: Any) -> Any:
        arrays = [*arguments, *others, *every, *of_results]
        return self._call("backward", arrays, self.sizes, save=True)

    def equation(self, others: Any, *arguments: Any) -> Any:
        return list(self.function.equation(arguments, others))

    def _call(self, target: str, arrays: Sequence[Any], shapes: Sequence[Any], save: bool) -> Any:
        attributes = {name: np.int64(value) for name, value in self.native.attributes.items()}
        kinds = [jax.ShapeDtypeStruct(shape, np.float32) for shape in shapes]
        name = f"{self.native.name}_{target}"
        operation = jax.ffi.ffi_call(name, kinds, vmap_method="sequential")
        return operation(*arrays, **attributes, save=np.int64(save))


def _kept(calls: _Calls) -> Callable[..., Any]:
    """The results and what is saved for gradients, with derivatives by the equation."""

    @jax.custom_jvp
    def kept(arguments: Any, others: Any) -> Any:
        return calls.forward(arguments, others, save=True)

    @kept.defjvp
    def tangent(primals: Any, tangents: Any) -> Any:
        every = kept(*primals)
        _, moved = jax.jvp(partial(calls.equation, primals[1]), primals[0], tangents[0])
        return every, [*moved, *map(jnp.zeros_like, every[calls.function.results :])]

    return kept


def _gradients(calls: _Calls) -> Callable[..., Any]:
    """The gradients of the arguments, with derivatives by the equation."""
    gradients = jax.custom_jvp(calls.backward)

    @gradients.defjvp
    def tangent(primals: Any, tangents: Any) -> Any:
        def again(arguments: Any, of_results: Any) -> Any:
            by_equation = partial(calls.equation, primals[1])
            return list(jax.vjp(by_equation, *arguments)[1](of_results))

        _, moved = jax.jvp(again, (primals[0], primals[3]), (tangents[0], tangents[3]))
        return gradients(*primals), moved

    return gradients


def _parted(calls: _Calls, arrays: Sequence[Any]) -> tuple[list[Any], ...]:
    """Splits the operands of `_MOVED`: results of `_kept`, arguments, their tangents, others."""
    count = len(calls.sizes)
    start = len(calls.function.shapes(calls.sizes, True))
    places = (0, start, start + count, start + 2 * count, len(arrays))
    return tuple(list(arrays[a:b]) for a, b in pairwise(places))


def _moved(*arrays: Any, calls: _Calls) -> list[Any]:
    """The tangents of the results, by the equation, as no compiled code computes them."""
    _, arguments, tangents, others = _parted(calls, arrays)
    moved: list[Any] = jax.jvp(partial(calls.equation, others), arguments, tangents)[1]
    return moved


def _moved_moved(primals: Any, tangents: Any, *, calls: _Calls) -> Any:
    first = len(_parted(calls, primals)[0])
    moving = slice(first, first + 2 * len(calls.sizes))  # the rest follows from these

    def of(*some: Any) -> Any:
        return _moved(*primals[:first], *some, *primals[moving.stop :], calls=calls)

    by = [ad.instantiate_zeros(one) for one in tangents[moving]]
    return _MOVED.bind(*primals, calls=calls), jax.jvp(of, primals[moving], by)[1]


def _transposed(of_results: Any, *arrays: Any, calls: _Calls) -> list[Any]:
    """The gradients of the arguments, by compiled code, at the place of their tangents."""
    every, arguments, _, others = parts = _parted(calls, arrays)
    given = [ad.instantiate_zeros(one) for one in of_results]
    gradients = _gradients(calls)(arguments, others, every, given)
    return [*[None] * (len(every) + len(arguments)), *gradients, *[None] * len(parts[3])]


def _batched(arrays: Any, axes: Any, *, calls: _Calls) -> Any:
    every = jax.vmap(partial(_moved, calls=calls), axes)(*arrays)
    return every, [0] * len(every)


# The tangents of a function's results, which depend linearly on those of its arguments: so JAX
# takes gradients as it does of its own operations, by what is transposed.
_MOVED = Primitive("rnnkit_moved")
_MOVED.multiple_results = True
_MOVED.def_impl(_moved)
_MOVED.def_abstract_eval(lambda *every, calls: list(every[: calls.function.results]))
mlir.register_lowering(_MOVED, mlir.lower_fun(_moved, multiple_results=True))
ad.primitive_jvps[_MOVED] = _moved_moved
ad.primitive_transposes[_MOVED] = _transposed
batching.primitive_batchers[_MOVED] = _batched


def _register(native: Native) -> None:
    """Makes the functions known to XLA, once in a process."""
    if native.name in _REGISTERED:
        return
    for target, pointer in (("forward", native.forward), ("backward", native.backward)):
        capsule = jax.ffi.pycapsule(pointer)
        jax.ffi.register_ffi_target(f"{native.name}_{target}", capsule, platform="cpu")
    _REGISTERED.add(native.name)
