"""Breaks of a series: another unit, another step, values that stand still, gaps, copies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnkit.audit.finding import MOST_ROWS, Finding, Place, shown_share
from rnnkit.audit.stretches import covered_by, first_of_each, keys_of
from rnnkit.quantities import agreed, counted

JUMP = np.log10(8.0)  # of the level from one stretch to the next
SPREADS = 8.0  # of both stretches, which a jump must exceed
UNUSUAL = 4.0  # times as large as usual changes of level
SUDDEN = 0.6  # of a jump that lies between two neighbours
NARROW, WIDE = 6, 100  # steps of a stretch on each side
SPIKE = 50.0  # times the largest usual values
FEW_SPIKES = 0.002  # of the steps
STANDS = 12  # steps with one value
TIMES = 4  # as long as usual runs of one value
OFTEN = 0.05  # of the steps with a value that stands for nothing, such as no rain
MANY_GAPS = 0.05  # of the steps
STRETCH = 24  # steps of a copied stretch, at least

Spans = list[tuple[int, int]]
"""First and last steps."""


def scale_jumps(name: str, values: np.ndarray, place: Place) -> Iterator[Finding]:
    """Where a column's level changes by a factor from one step to the next, and stays there: other
    units, or a misplaced decimal mark.

    Args:
        name: The column.
        values: (steps,) its numbers.
        place: How messages call a step.
    """
    jumps = level_jumps(values)
    if jumps:
        places = [place(step) for step, _ in jumps]
        factors = ", ".join(f"{_factor(size)} from {place(step)} on" for step, size in jumps[:3])
        what = f"{name} changes its level {counted(len(jumps), 'time')}: {factors}"
        cure = "Bring these rows to the unit of the others"
        yield Finding("scale_jump", "high", "", what, cure, len(jumps), places[:MOST_ROWS])
    elif len(spikes := spiking(values)):
        what = (
            f"{name} has {counted(len(spikes), 'value')} more than {SPIKE:.0f} times as large as"
            f" all others: {values[spikes[0]]:g} at {place(int(spikes[0]))}"
        )
        cure = "Correct these rows, if their unit or decimal mark is wrong"
        places = [place(step) for step in spikes.tolist()]
        yield Finding("spikes", "medium", "", what, cure, len(spikes), places[:MOST_ROWS])


def _factor(size: float) -> str:
    factor = 10 ** abs(size)
    return f"{factor:,.3g} times" + (" larger" if size > 0 else " smaller")


def level_jumps(values: np.ndarray) -> list[tuple[int, float]]:
    """The first steps of new levels, and the logarithm (to 10) of how much they differ from the
    level before; none for a column whose sign changes.
    """
    known = np.isfinite(values)
    positive = (values[known] > 0).mean() if known.any() else 0.0
    if known.sum() < 4 * NARROW or 0.01 < positive < 0.99:
        return []
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(np.abs(values))
    steps = np.flatnonzero(np.isfinite(logs))
    if len(steps) < 0.9 * len(values):
        return []
    logs = logs[steps]
    width = int(np.clip(len(logs) // 8, NARROW, WIDE))
    windows = np.lib.stride_tricks.sliding_window_view(logs, width)
    level = np.median(windows, axis=1)
    spread = np.median(np.abs(windows - level[:, None]), axis=1)
    size = level[width:] - level[:-width]  # of the boundary before step `width` + index
    near = np.diff(logs)[width - 1 : width - 1 + len(size)]
    wide = np.abs(size) >= np.maximum(JUMP, SPREADS * (spread[width:] + spread[:-width]) + 0.1)
    jumps = np.flatnonzero(wide & (near * np.sign(size) >= SUDDEN * np.abs(size)))
    others = np.ones(len(size), bool)  # how levels change where there is no jump
    for jump in jumps.tolist():
        others[max(0, jump - width) : jump + width] = False
    if others.any():
        usual = float(np.quantile(np.abs(size[others]), 0.95))
        jumps = jumps[np.abs(size[jumps]) >= UNUSUAL * usual]
    return [(int(steps[width + index]), float(size[index])) for index in jumps]


def spiking(values: np.ndarray) -> np.ndarray:
    """The few steps whose numbers are far larger than all others."""
    sizes = np.abs(np.where(np.isfinite(values), values, 0.0))
    most = max(3, int(FEW_SPIKES * len(sizes)))
    if len(sizes) < 4 * NARROW:
        return np.empty(0, np.int64)
    usual = np.partition(sizes, -most - 1)[-most - 1]
    return np.flatnonzero(sizes > SPIKE * usual) if usual > 0 else np.empty(0, np.int64)


def standing_values(
    name: str, values: np.ndarray, is_filled: np.ndarray, place: Place
) -> Iterator[Finding]:
    """Long runs of one value in a column that changes otherwise, as of a sensor that hangs.

    Args:
        name: The column.
        values: (steps,) its numbers.
        is_filled: (steps,) whether a value is imputed.
        place: How messages call a step.
    """
    changes = np.flatnonzero(np.diff(values) != 0) + 1
    starts, ends = np.append(0, changes), np.append(changes, len(values))
    lengths = ends - starts
    if len(lengths) < 2 * STANDS:
        return
    usual = float(np.quantile(lengths, 0.99))
    long = np.flatnonzero(lengths >= max(STANDS, TIMES * usual))
    hangs: Spans = []
    for run in long.tolist():
        first, end = int(starts[run]), int(ends[run])
        elsewhere = (values == values[first]).sum() - (end - first)
        if elsewhere < OFTEN * len(values) and not is_filled[first + 1 : end].any():
            hangs.append((first, end - 1))
    if not hangs or len(hangs) > max(3, 0.01 * len(lengths)):
        return
    first, last = max(hangs, key=lambda span: span[1] - span[0])
    steps = sum(last - first + 1 for first, last in hangs)
    what = (
        f"{name} stands still in {counted(len(hangs), 'stretch', 'stretches')},"
        f" {counted(steps, 'step')} in all, the longest at {values[first]:g} for"
        f" {counted(last - first + 1, 'step')}; usual runs have at most {usual:.0f}"
    )
    cure = "Leave these cells empty, if the sensor did not measure: gaps are not forecast"
    rows = tuple(f"{place(first)} to {place(last)}" for first, last in hangs[:MOST_ROWS])
    yield Finding("standing_values", "medium", "", what, cure, len(hangs), rows)


def filled_gaps(
    name: str, missing: np.ndarray, window: int, place: Place, cure: str
) -> Iterator[Finding]:
    """Missing values that are imputed.

    Args:
        name: The column.
        missing: (steps,) where it has no value.
        window: Steps that the model sees.
        place: How messages call a step.
        cure: What to do.
    """
    known = np.flatnonzero(~missing)
    if not len(known):
        return
    missing = missing & (np.arange(len(missing)) > known[0])  # a gap lies after a value
    if not missing.any():
        return
    edges = np.flatnonzero(np.diff(np.concatenate([[0], missing.astype(int), [0]])))
    gaps = list(zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True))
    longest = max(gaps, key=lambda gap: gap[1] - gap[0])
    length, count = longest[1] - longest[0] + 1, int(missing.sum())
    what = (
        f"{shown_share(count, len(missing))} values of {name} missing and imputed, in"
        f" {counted(len(gaps), 'gap')}: the longest has {counted(length, 'step')}"
    )
    is_much = count >= MANY_GAPS * len(missing) or length >= window > 1
    rows = tuple(
        place(first) + (f" to {place(last)}" if last > first else "")
        for first, last in gaps[:MOST_ROWS]
    )
    yield Finding("gaps", "medium" if is_much else "low", "", what, cure, len(gaps), rows)


def step_changes(seconds: np.ndarray, place: Place, cure: str) -> Iterator[Finding]:
    """Where rows begin to come in another rhythm.

    Args:
        seconds: (steps - 1,) between one step and the next.
        place: How messages call a step.
        cure: What to do.
    """
    jumps = [(step, size) for step, size in level_jumps(seconds)]
    if jumps:
        step, _ = jumps[0]
        before, after = np.median(seconds[:step]), np.median(seconds[step : step + WIDE])
        what = (
            f"the time between rows changes {counted(len(jumps), 'time')}: {_time(before)} before"
            f" {place(step)}, {_time(after)} from there on"
        )
        rows = tuple(place(step) for step, _ in jumps[:MOST_ROWS])
        yield Finding("step_change", "high", "", what, cure, len(jumps), rows)


def _time(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= size:
            return f"{seconds / size:,.3g} {unit}"
    return f"{seconds:,.3g} seconds"


def copied_stretches(name: str, values: np.ndarray, place: Place) -> Iterator[Finding]:
    """Stretches identical to an earlier one, as of a file that was pasted together.

    Args:
        name: The column.
        values: (steps,) its numbers.
        place: How messages call a step.
    """
    if len(values) < 4 * STRETCH:
        return
    _, ids = np.unique(values, return_inverse=True)
    keys = keys_of(ids, STRETCH)
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    again = first[which] <= np.arange(len(keys)) - STRETCH
    changes = np.concatenate([[0], np.cumsum(np.diff(values) != 0)])
    varied = changes[STRETCH - 1 :] - changes[: len(keys)] >= STRETCH // 2
    copied = again & varied
    if not copied.any() or copied.sum() > len(keys) / 2:  # a series that repeats by its nature
        return
    begins = first_of_each(copied)
    covered = int(covered_by(copied, STRETCH).sum())
    what = (
        f"{shown_share(covered, len(values))} steps of {name}"
        f" {agreed(covered, 'lies', 'lie')} in"
        f" {counted(len(begins), 'stretch', 'stretches')} identical to an earlier one: from"
        f" {place(int(begins[0]))} on as from {place(int(first[which][begins[0]]))} on"
    )
    cure = "Remove the copies, if these steps were not measured"
    rows = tuple(place(step) for step in begins[:MOST_ROWS].tolist())
    yield Finding("copied_stretches", "medium", "", what, cure, len(begins), rows)
