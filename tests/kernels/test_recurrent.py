"""The kernels against the equations of the cells in double precision, whatever the instruction set,
and the gradients against finite differences of those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit import kernels
from rnnkit.kernels import CELLS, library
from rnnkit.registry import lookup
from tests.kernels import SETS

pytestmark = pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())

Array = np.ndarray


class Case(NamedTuple):
    """A pass in double precision, and what weighs its outputs and last states in a loss."""

    of: kernels.Pass
    of_outputs: Array
    of_state: list[Array]


def spec(cell: str, units: int) -> Any:
    return lookup("layer", cell)(units=units)


def case(cell: str, shape: tuple[int, int, int, int], seed: int, **options: bool) -> Case:
    """A random pass of (batch, timesteps, features, units)."""
    batch, steps, features, units = shape
    generator = np.random.default_rng(seed)

    def normal(*size: int) -> Array:
        return generator.normal(0, 0.6, size)

    states = spec(cell, units).cell.states
    shapes = spec(cell, units).cell.shapes(features, units)
    one = kernels.Pass(
        cell,
        normal(batch, steps, features),
        [normal(*size) for size in shapes.values()],
        lengths=generator.integers(0, steps + 1, batch) if options.get("ragged") else None,
        state=[normal(batch, units) for _ in range(states)] if options.get("state") else [],
        reverse=options.get("reverse", False),
    )
    return Case(one, normal(batch, steps, units), [normal(batch, units) for _ in range(states)])


def reference(one: kernels.Pass) -> tuple[Array, list[Array]]:
    """Outputs and last states by the cell's own equation, in the numbers' own precision."""
    batch, steps = one.batch
    layer = spec(one.cell, one.units)
    names = layer.cell.shapes(one.inputs.shape[-1], one.units)
    weights = dict(zip(names, one.weights, strict=True))
    inputs = one.inputs if one.ids is None else one.inputs[one.ids]
    projected = layer.cell.project(np, inputs, weights)
    lengths = np.full(batch, steps) if one.lengths is None else one.lengths
    state = tuple(one.state) or (np.zeros((batch, one.units)),) * one.states
    outputs, rows = np.zeros((batch, steps, one.units)), np.arange(batch)
    for step in range(steps):
        real = step < lengths
        place = np.where(real, lengths - 1 - step if one.reverse else step, 0)
        output, after = layer.cell.step(np, projected[rows, place], state, weights, layer)
        outputs[rows[real], place[real]] = output[real]
        state = tuple(
            np.where(real[:, None], new, old) for new, old in zip(after, state, strict=True)
        )
    return outputs, list(state)


def assert_close(value: Array, expected: Array, tolerance: float) -> None:
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(value, expected, rtol=0, atol=tolerance * scale)


def changed(one: kernels.Pass, name: str, index: int, change: Array) -> kernels.Pass:
    """The pass with something added to its inputs, a weight or a state."""
    if name == "inputs":
        return kernels.Pass(**{**vars(one), "inputs": one.inputs + change})
    arrays = list(getattr(one, name))
    arrays[index] = arrays[index] + change
    return kernels.Pass(**{**vars(one), name: arrays})


def assert_gradients(of: Case, gradients: kernels.Gradients, seed: int) -> None:
    """Along a random direction of each argument: the slope to either side, since the candidate of
    the minimal cells has a kink at 0.
    """
    one, generator = of.of, np.random.default_rng(seed)

    def loss(one: kernels.Pass) -> float:
        outputs, state = reference(one)
        products = [(outputs, of.of_outputs), *zip(state, of.of_state, strict=True)]
        return float(sum((value * weight).sum() for value, weight in products))

    assert gradients.inputs is not None
    arguments = [("inputs", 0, gradients.inputs)]
    arguments += [("weights", index, array) for index, array in enumerate(gradients.weights)]
    if one.state:
        arguments += [("state", index, array) for index, array in enumerate(gradients.state)]
    for name, index, gradient in arguments:
        direction = generator.normal(size=gradient.shape)
        before, here, after = (
            loss(changed(one, name, index, step * direction)) for step in (-1e-5, 0, 1e-5)
        )
        least, most = sorted(((here - before) / 1e-5, (after - here) / 1e-5))
        slope = float((gradient * direction).sum())
        size = float(np.linalg.norm(gradient) * np.linalg.norm(direction))
        margin = 1e-4 * max(size, 1e-3)
        assert least - margin <= slope <= most + margin, (name, index)


passes = {
    "cell": st.sampled_from(CELLS),
    "shape": st.tuples(
        st.integers(1, 40), st.integers(1, 6), st.integers(1, 20), st.integers(1, 40)
    ),
    "seed": st.integers(0, 2**32 - 1),
    "ragged": st.booleans(),
    "state": st.booleans(),
    "reverse": st.booleans(),
    "instruction_set": st.sampled_from(SETS or ["none"]),
}


@given(**passes)
def test_forward_and_backward_are_those_of_the_equations(
    cell: str, shape: tuple[int, int, int, int], seed: int, instruction_set: str, **options: bool
) -> None:
    library.use(instruction_set)
    of = case(cell, shape, seed, **options)
    (answer,) = kernels.forward([of.of], save=True)
    outputs, state = reference(of.of)
    assert answer.outputs is not None
    assert_close(answer.outputs, outputs, 1e-5)
    for value, expected in zip(answer.state, state, strict=True):
        assert_close(value, expected, 1e-5)
    (gradients,) = kernels.backward([of.of], [answer], [of.of_outputs], [of.of_state])
    assert_gradients(of, gradients, seed)


def every_array(answers: list[Any]) -> bytes:
    return b"".join(
        array.tobytes()
        for answer in answers
        for value in vars(answer).values()
        if value is not None
        for array in (value if isinstance(value, tuple) else (value,))
    )


@pytest.mark.parametrize("cell", CELLS)
def test_forward_and_backward_do_not_depend_on_threads(
    cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both directions, more tiles than slots, rows of unequal length: the same bytes."""
    cases = [case(cell, (300, 9, 12, 24), 1, ragged=True, reverse=back) for back in (False, True)]
    results = set()
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("RNNKIT_THREADS", threads)
        passes = [of.of for of in cases]
        answers = kernels.forward(passes, save=True)
        of_outputs = [of.of_outputs for of in cases]
        gradients = kernels.backward(passes, answers, of_outputs)
        outputs = [kernels.Outputs(answer.outputs, answer.state) for answer in answers]
        results.add(every_array([*outputs, *gradients]))
    assert len(results) == 1


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("batch", "steps"), [(1, 7), (1, 1), (3, 5)])
def test_forward_of_one_tile_does_not_depend_on_threads(
    cell: str, batch: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large matrices and a few rows: the threads share the panels of each step."""
    one = case(cell, (batch, steps, 300, 270), 1, ragged=batch > 1, state=True).of
    results = set()
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("RNNKIT_THREADS", threads)
        results |= {every_array(kernels.forward([one])) for _ in range(5)}
    assert len(results) == 1


@pytest.mark.parametrize("cell", CELLS)
def test_forward_of_a_row_does_not_depend_on_other_rows(cell: str) -> None:
    one = case(cell, (37, 5, 7, 19), 2).of
    (together,) = kernels.forward([one])
    (alone,) = kernels.forward([kernels.Pass(cell, one.inputs[11:12], one.weights)])
    assert together.outputs is not None
    assert alone.outputs is not None
    assert together.outputs[11].tobytes() == alone.outputs[0].tobytes()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("rows", [4, 5000], ids=["folded", "gathered"])
def test_forward_gathers_ids(cell: str, rows: int) -> None:
    """A small table is multiplied with the kernel once, of a large one each id's row."""
    one, generator = case(cell, (40, 6, 9, 21), 3).of, np.random.default_rng(3)
    table = generator.normal(size=(rows, 9))
    ids = generator.integers(0, rows, (40, 6))
    by_id = kernels.Pass(cell, table, one.weights, ids=ids)
    (answer,) = kernels.forward([by_id])
    assert answer.outputs is not None
    assert_close(answer.outputs, reference(by_id)[0], 1e-5)
    (last,) = kernels.forward([by_id], every_step=False)
    assert last.outputs is None
    np.testing.assert_array_equal(last.state[0], answer.state[0])


@pytest.mark.parametrize("cell", CELLS)
def test_backward_takes_nothing_for_zeros(cell: str) -> None:
    of = case(cell, (5, 4, 3, 6), 4)
    (answer,) = kernels.forward([of.of], save=True)
    zeros = np.zeros_like(of.of_outputs)
    (given_zeros,) = kernels.backward([of.of], [answer], [zeros], [of.of_state])
    (nothing,) = kernels.backward([of.of], [answer], [None], [of.of_state])
    assert every_array([given_zeros]) == every_array([nothing])
    (without,) = kernels.backward([of.of], [answer], [None], [of.of_state], inputs=False)
    assert without.inputs is None
    assert every_array([without]) == every_array([kernels.Gradients(None, *_rest(nothing))])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("ragged", [False, True])
def test_forward_and_backward_skip_the_products_of_a_state_of_zeros(
    cell: str, ragged: bool
) -> None:
    """The same numbers as with zeros that are multiplied, but for the gradients of the state."""
    of = case(cell, (70, 3, 5, 21), 4, ragged=ragged)
    zeros = [np.zeros((70, 21)) for _ in range(of.of.states)]
    results = []
    for one in (of.of, kernels.Pass(**{**vars(of.of), "state": zeros})):
        (answer,) = kernels.forward([one], save=True)
        (gradients,) = kernels.backward([one], [answer], [of.of_outputs], [of.of_state])
        assert len(gradients.state) == len(one.state)
        results.append([answer.outputs, *answer.state, gradients.inputs, *gradients.weights])
    for without, multiplied in zip(*results, strict=True):
        np.testing.assert_array_equal(without, multiplied)


def _rest(gradients: kernels.Gradients) -> tuple[Any, Any]:
    return gradients.weights, gradients.state


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("shape", [(0, 3, 2, 4), (3, 0, 2, 4)], ids=["no rows", "no steps"])
def test_forward_and_backward_of_nothing(cell: str, shape: tuple[int, int, int, int]) -> None:
    of = case(cell, shape, 5, state=True)
    (answer,) = kernels.forward([of.of], save=True)
    for value, before in zip(answer.state, of.of.state, strict=True):
        np.testing.assert_array_equal(value, before.astype(np.float32))
    (gradients,) = kernels.backward([of.of], [answer], [of.of_outputs], [of.of_state])
    assert not any(weight.any() for weight in gradients.weights)


@pytest.mark.parametrize("cell", CELLS)
def test_forward_keeps_what_is_not_a_number_in_its_row(cell: str) -> None:
    one = case(cell, (20, 4, 3, 5), 6).of
    one.inputs[7, 2, 1] = np.nan
    (answer,) = kernels.forward([one])
    assert answer.outputs is not None
    broken = np.isnan(answer.outputs).any(axis=(1, 2))
    assert broken.tolist() == [row == 7 for row in range(20)]


@pytest.mark.parametrize("cell", CELLS)
def test_forward_saturates(cell: str) -> None:
    """Sums far beyond what an exponential holds."""
    one = case(cell, (8, 3, 4, 6), 7).of
    huge = changed(one, "inputs", 0, one.inputs * 1e4)
    (answer,) = kernels.forward([huge])
    assert answer.outputs is not None
    assert_close(answer.outputs, reference(huge)[0], 1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda one: {"lengths": np.array([1, 9])},
        lambda one: {"lengths": np.array([-1, 2])},
        lambda one: {"inputs": one.inputs[0, :2], "ids": np.array([[0, 2], [0, 1]])},
    ],
    ids=["longer than the sequence", "negative", "beyond the table"],
)
def test_forward_refuses_numbers_out_of_range(wrong: Callable[[Any], dict[str, Any]]) -> None:
    one = case("lstm", (2, 4, 3, 5), 8).of
    with pytest.raises(ValueError, match="from 0 to"):
        kernels.forward([kernels.Pass(**{**vars(one), **wrong(one)})])


@pytest.mark.parametrize(
    ("named", "wrong"),
    [
        ("kernel", lambda one: {"inputs": one.inputs[:, :, 1:]}),
        ("units", lambda one: {"weights": [array[..., :0] for array in one.weights]}),
        ("bias", lambda one: {"weights": [*one.weights[:2], one.weights[2][1:]]}),
        ("lengths", lambda one: {"lengths": np.array([4])}),
        ("states", lambda one: {"state": one.state[:1]}),
        ("h0", lambda one: {"state": [array[:1] for array in one.state]}),
        ("dimensions", lambda one: {"ids": np.array([[0, 1], [0, 1]])}),
        ("packed", lambda one: {"packed": kernels.Packed(np.zeros(3, np.float32))}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_forward_refuses_wrong_shapes(named: str, wrong: Callable[[Any], dict[str, Any]]) -> None:
    """The library would read what is not there."""
    one = case("lstm", (2, 4, 3, 5), 8, state=True).of
    with pytest.raises(ValueError, match=named):
        kernels.forward([kernels.Pass(**{**vars(one), **wrong(one)})])


def test_backward_refuses_wrong_shapes() -> None:
    of = case("lstm", (2, 4, 3, 5), 8)
    (answer,) = kernels.forward([of.of], save=True)
    assert answer.saved is not None
    with pytest.raises(ValueError, match="d_outputs"):
        kernels.backward([of.of], [answer], [of.of_outputs[:1]])
    with pytest.raises(ValueError, match="saved"):
        half = kernels.Outputs(answer.outputs, answer.state, answer.saved[::2])
        kernels.backward([of.of], [half], [of.of_outputs])
    shorter = case("lstm", (2, 3, 3, 5), 8).of
    with pytest.raises(ValueError, match="2 passes"):
        kernels.forward([of.of, shorter])
