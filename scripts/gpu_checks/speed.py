"""How fast rnnkit's own loop is on the device."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from gpu_checks.results import REPO, Tell, each
from gpu_checks.works import (
    Config,
    begun,
    classifier,
    reviews,
    sizes,
    stream,
    timed,
    warm_up,
    works,
)

SCANNED = 8
"""Steps that share a call where that is tried."""


def timings(cpu: bool, tell: Tell) -> None:
    """Milliseconds of a step of the table's rows, and seconds of compilation."""
    warm_up()

    def of(config: Callable[[], Config]) -> dict[str, float]:
        return timed(config())

    each({name: partial(of, config) for name, config in works(cpu).items()}, tell)


def widths(cpu: bool, tell: Tell) -> None:
    """imdb_lstm with batches of few and of many widths: seconds of compilation, which each width
    has its own of, and milliseconds of a step on as much padding as there is.
    """
    warm_up()

    def of(buckets: int) -> dict[str, Any]:
        config, kind = reviews(cpu, buckets)
        return {**timed(config), "reviews": kind}

    each({f"{buckets} widths": partial(of, buckets) for buckets in (4, 8, 1, 3)}, tell)


def dispatch(cpu: bool, tell: Tell) -> None:
    """What a step costs besides what the device computes: are the variables' buffers donated, does
    beginning a step wait for the device, and would several steps in one call be faster?
    """
    configs = {"lstm": classifier(cpu, "lstm"), "2 x LSTM": stream(cpu, sizes(cpu)["models"][0])}

    def of(config: Config) -> dict[str, Any]:
        with begun(config) as fit:
            return dispatched(fit, cpu)

    each({name: partial(of, config) for name, config in configs.items()}, tell)


def dispatched(fit: Any, cpu: bool) -> dict[str, Any]:
    """The same of one training."""
    import jax

    step, rates = fit._train_step, [1e-3] * SCANNED
    batches = [fit.train.shuffled(0, 0, one % fit.train.steps) for one in range(SCANNED)]
    step.begin(batches[:1], rates[:1])()
    names = [variable.path for group in step._variables() for variable in group]
    before = jax.tree.leaves(step._values)
    step.begin(batches[:1], rates[:1])()  # the learning rate comes from the host
    kept = [name for name, one in zip(names, before, strict=True) if not one.is_deleted()]
    found: dict[str, Any] = {"not donated": kept}
    start = time.perf_counter()
    sums = step.begin(batches, rates)
    found["to begin a step, ms"] = round(1e3 * (time.perf_counter() - start) / SCANNED, 3)
    sums()
    found["a step, ms"] = round(1e3 * (time.perf_counter() - start) / SCANNED, 3)
    if not cpu:  # a CPU computes small programs at once
        found |= behind_others(step, batches, rates)
    found[f"a step of {SCANNED} in one call, ms"] = scanned(step, batches)
    memory = jax.devices()[0].memory_stats() or {}
    return found | {"peak, MB": round(memory.get("peak_bytes_in_use", 0) / 1e6)}


def behind_others(step: Any, batches: Any, rates: Any) -> dict[str, Any]:
    """Seconds to begin steps while the device is busy with something that they wait for."""
    import jax
    from jax import numpy as jnp

    @jax.jit
    def work(x: Any) -> Any:
        return jax.lax.fori_loop(0, 200, lambda _, x: x @ x / jnp.abs(x).max(), x)

    x = jax.random.normal(jax.random.key(0), (8192, 8192))
    work(x).block_until_ready()
    start = time.perf_counter()
    busy = work(x)
    sums = step.begin(batches, rates)
    begun = time.perf_counter() - start
    busy.block_until_ready()
    over = time.perf_counter() - start
    sums()
    return {"to begin behind other work, s": round(begun, 3), "that work, s": round(over, 3)}


def scanned(step: Any, batches: Any) -> float:
    """Milliseconds of a step where `lax.scan` takes several in one call."""
    import jax
    import numpy as np

    def one(state: Any, batch: Any) -> Any:
        *state, carried, sums = step._trace(*state[0], state[1], *batch)
        return (state, carried), sums

    call = jax.jit(lambda state, stacks: jax.lax.scan(one, state, stacks), donate_argnums=0)
    stacks = jax.tree.map(lambda *arrays: np.stack(arrays), *map(tuple, batches))
    state = ([list(group) for group in step._values], step.carried)
    state = jax.tree.map(jax.numpy.copy, state)
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        state, sums = call(state, stacks)
        np.asarray(sums)
        seconds.append(time.perf_counter() - start)
    return round(1e3 * min(seconds[1:]) / len(batches), 3)


def layers(cpu: bool, tell: Tell) -> None:
    """Milliseconds of a layer forwards and backwards by keras, with each `use_cudnn`, and by a scan
    whose gradient is written by hand: which is fastest, and do they agree?
    """
    sys.path.append(str(REPO / "scripts"))
    from recurrences import compared

    of = sizes(cpu)
    rows = (*of["rows"], of["units"])
    shapes = [("lstm", (batch, steps, units, units)) for units, batch, steps in of["models"]]
    shapes = [("lstm", rows), *shapes, ("gru", rows), ("simple_rnn", rows)]
    unrolls = {"lstm": (1, 2) if cpu else (1, 8)}
    found = each(
        {
            f"{cell} {shape}": partial(compared, cell, shape, unrolls.get(cell, (1,)))
            for cell, shape in shapes
        },
        tell,
    )
    furthest = max(way.get("apart", 0.0) for ways in found.values() for way in ways.values())
    assert furthest < (1e-4 if cpu else 2e-2), f"gradients differ by {furthest:.3g}"  # by TF32


def precision(cpu: bool, tell: Tell) -> None:
    """float32 and bfloat16: milliseconds of a step, and the loss that each reaches."""
    model = sizes(cpu)["models"][-1]
    works = {
        f"2 x LSTM({model[0]})": lambda kind: stream(cpu, model, precision=kind),
        "gru": lambda kind: classifier(cpu, "gru", precision=kind),
        f"2 x GRU({model[0]})": lambda kind: stream(cpu, model, "gru", precision=kind),
    }

    def both(config: Callable[[str], Config]) -> dict[str, Any]:
        return {kind: timed(config(kind)) for kind in ("float32", "bfloat16")}

    found = each({name: partial(both, config) for name, config in works.items()}, tell)
    losses = [[one["loss"] for one in kinds.values()] for kinds in found.values()]
    furthest = max(abs(full - rounded) / full for full, rounded in losses)
    assert furthest < 0.02, f"the losses differ by {furthest:.1%}"
