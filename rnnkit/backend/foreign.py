"""Functions in compiled code as operations of JAX, by XLA's foreign function interface."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from rnnkit.backend.host import HostFunction, Native
from rnnkit.errors import RnnkitError, here

_REGISTERED: set[str] = set()


def in_jax(
    function: HostFunction, arguments: Sequence[Any], others: Sequence[Any]
) -> Sequence[Any]:
    """The results of a function."""
    assert function.native is not None
    _register(function.native)
    sizes = [argument.shape for argument in arguments]
    calls = _Calls(function, function.native, sizes)
    kept, gradients = _kept(calls), _gradients(calls)

    @jax.custom_vjp
    def operation(arguments: Any, others: Any) -> Any:
        return calls.forward(arguments, others, save=False)

    def forward(arguments: Any, others: Any) -> Any:
        every = kept(arguments, others)
        return every[: function.results], (arguments, others, every)

    def backward(saved: Any, of_results: Any) -> Any:
        return gradients(*saved, list(of_results)), None

    operation.defvjp(forward, backward)
    values = [jnp.asarray(argument) for argument in arguments]
    with forward_mode_named():
        results: Sequence[Any] = operation(values, list(others))
    return results


@dataclass(frozen=True)
class _Calls:
    """The pair of functions that XLA calls, and their equation; lists of arrays to lists.

    Args:
        sizes: The arguments' shapes.
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
    """The results and what is kept for the gradients, which has derivatives by the equation."""

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
    """The arguments' gradients, which have derivatives by the equation."""
    gradients = jax.custom_jvp(calls.backward)

    @gradients.defjvp
    def tangent(primals: Any, tangents: Any) -> Any:
        def again(arguments: Any, of_results: Any) -> Any:
            by_equation = partial(calls.equation, primals[1])
            return list(jax.vjp(by_equation, *arguments)[1](of_results))

        _, moved = jax.jvp(again, (primals[0], primals[3]), (tangents[0], tangents[3]))
        return gradients(*primals), moved

    return gradients


@contextlib.contextmanager
def forward_mode_named() -> Iterator[None]:
    """Says what to do about the derivative that compiled code lacks: the one that is taken
    forwards. JAX finds out where it is computed, or where what it is part of is compiled.
    """
    try:
        yield
    except TypeError as error:
        if "custom_vjp" not in str(error):
            raise
        mistake = RnnkitError(
            here("train.kernel"),
            "a derivative forwards (jax.jvp, jax.jacfwd) of a layer that compiled code computes",
            "Expected one backwards (jax.grad, jax.jacrev), of any order",
            "Use `train.kernel: keras`, by which keras computes the layer",
        )
        raise TypeError(str(mistake)) from error  # keras shows the first argument of any other


def _register(native: Native) -> None:
    """Makes the functions known to XLA, once in a process."""
    if native.name in _REGISTERED:
        return
    for target, pointer in (("forward", native.forward), ("backward", native.backward)):
        capsule = jax.ffi.pycapsule(pointer)
        jax.ffi.register_ffi_target(f"{native.name}_{target}", capsule, platform="cpu")
    _REGISTERED.add(native.name)
