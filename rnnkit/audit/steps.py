"""Findings about breaks of a series: changes of unit or step, stuck values, gaps and copies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnkit.audit.finding import MOST_ROWS, Finding, Place, share_text
from rnnkit.audit.stretches import covered_steps, run_starts, stretch_keys
from rnnkit.quantities import agreed, counted

JUMP = np.log10(8.0)  # least change of the logarithm of a level
SPREADS = 8.0  # times the spread of both levels
UNUSUAL = 4.0  # times the usual changes of level
SUDDEN = 0.6  # least share of a jump between two neighbouring steps
NARROW, WIDE = 6, 100  # least and most steps by which a level is measured
SPIKE = 50.0  # times the largest usual values
FEW_SPIKES = 0.002  # of the steps
STANDS = 12  # least steps of a run of one value
TIMES = 4  # times the length of usual runs
OFTEN = 0.05  # share of the steps from which on a value is usual, such as no rain
MANY_GAPS = 0.05  # of the steps
STRETCH = 24  # least steps of a copied stretch

Spans = list[tuple[int, int]]
"""The first and the last step of each stretch."""


def scale_jumps(name: str, values: np.ndarray, place: Place) -> Iterator[Finding]:
    """Sudden and lasting changes of a column's level by a factor, as of another unit or a misplaced
    decimal mark; else single spikes.

    Args:
        name: The column's name.
        values: Its numbers, (steps,).
        place: The place of each step.
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
    """The first step of each new level, with the change of its decimal logarithm; none for a column
    with numbers of both signs.
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
    size = level[width:] - level[:-width]  # at the boundary before step `width` + index
    near = np.diff(logs)[width - 1 : width - 1 + len(size)]
    wide = np.abs(size) >= np.maximum(JUMP, SPREADS * (spread[width:] + spread[:-width]) + 0.1)
    jumps = np.flatnonzero(wide & (near * np.sign(size) >= SUDDEN * np.abs(size)))
    others = np.ones(len(size), bool)  # boundaries far from any jump
    for jump in jumps.tolist():
        others[max(0, jump - width) : jump + width] = False
    if others.any():
        usual = float(np.quantile(np.abs(size[others]), 0.95))
        jumps = jumps[np.abs(size[jumps]) >= UNUSUAL * usual]
    return [(int(steps[width + index]), float(size[index])) for index in jumps]


def spiking(values: np.ndarray) -> np.ndarray:
    """The steps of a few numbers that are far larger than all others."""
    sizes = np.abs(np.where(np.isfinite(values), values, 0.0))
    most = max(3, int(FEW_SPIKES * len(sizes)))
    if len(sizes) < 4 * NARROW:
        return np.empty(0, np.int64)
    usual = np.partition(sizes, -most - 1)[-most - 1]
    return np.flatnonzero(sizes > SPIKE * usual) if usual > 0 else np.empty(0, np.int64)


def standing_values(
    name: str, values: np.ndarray, is_filled: np.ndarray, place: Place
) -> Iterator[Finding]:
    """Long runs of one value in a column that usually changes, as of a stuck sensor.

    Args:
        name: The column's name.
        values: Its numbers, (steps,).
        is_filled: Whether each value is imputed, (steps,).
        place: The place of each step.
    """
    changes = np.flatnonzero(np.diff(values) != 0) + 1
    starts, ends = np.append(0, changes), np.append(changes, len(values))
    lengths = ends - starts
    if len(lengths) < 2 * STANDS:
        return
    usual = float(np.quantile(lengths, 0.99))
    long = np.flatnonzero(lengths >= max(STANDS, TIMES * usual))
    stuck: Spans = []
    for run in long.tolist():
        first, end = int(starts[run]), int(ends[run])
        elsewhere = (values == values[first]).sum() - (end - first)
        if elsewhere < OFTEN * len(values) and not is_filled[first + 1 : end].any():
            stuck.append((first, end - 1))
    if not stuck or len(stuck) > max(3, 0.01 * len(lengths)):
        return
    first, last = max(stuck, key=lambda span: span[1] - span[0])
    steps = sum(last - first + 1 for first, last in stuck)
    what = (
        f"{name} stands still in {counted(len(stuck), 'stretch', 'stretches')},"
        f" {counted(steps, 'step')} in all, the longest at {values[first]:g} for"
        f" {counted(last - first + 1, 'step')}; usual runs have at most {usual:.0f}"
    )
    cure = "Leave these cells empty, if the sensor did not measure: gaps are not forecast"
    rows = tuple(f"{place(first)} to {place(last)}" for first, last in stuck[:MOST_ROWS])
    yield Finding("standing_values", "medium", "", what, cure, len(stuck), rows)


def filled_gaps(
    name: str, missing: np.ndarray, window: int, place: Place, cure: str
) -> Iterator[Finding]:
    """Missing values that are imputed.

    Args:
        name: The column's name.
        missing: Whether each value is missing, (steps,).
        window: The steps that the model sees.
        place: The place of each step.
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
        f"{share_text(count, len(missing))} values of {name} missing and imputed, in"
        f" {counted(len(gaps), 'gap')}: the longest has {counted(length, 'step')}"
    )
    is_much = count >= MANY_GAPS * len(missing) or length >= window > 1
    rows = tuple(
        place(first) + (f" to {place(last)}" if last > first else "")
        for first, last in gaps[:MOST_ROWS]
    )
    yield Finding("gaps", "medium" if is_much else "low", "", what, cure, len(gaps), rows)


def step_changes(seconds: np.ndarray, place: Place, cure: str) -> Iterator[Finding]:
    """Changes of the time between rows.

    Args:
        seconds: The time from each step to the next, (steps - 1,).
        place: The place of each step.
        cure: What to do.
    """
    if jumps := level_jumps(seconds):
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
    """Stretches identical to an earlier one, as of a file pasted together.

    Args:
        name: The column's name.
        values: Its numbers, (steps,).
        place: The place of each step.
    """
    if len(values) < 4 * STRETCH:
        return
    _, ids = np.unique(values, return_inverse=True)
    keys = stretch_keys(ids, STRETCH)
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    is_repeated = first[index] <= np.arange(len(keys)) - STRETCH
    changes = np.concatenate([[0], np.cumsum(np.diff(values) != 0)])
    varied = changes[STRETCH - 1 :] - changes[: len(keys)] >= STRETCH // 2
    copied = is_repeated & varied
    if not copied.any() or copied.sum() > len(keys) / 2:  # a periodic series
        return
    begins = run_starts(copied)
    covered = int(covered_steps(copied, STRETCH).sum())
    what = (
        f"{share_text(covered, len(values))} steps of {name}"
        f" {agreed(covered, 'lies', 'lie')} in"
        f" {counted(len(begins), 'stretch', 'stretches')} identical to an earlier one: from"
        f" {place(int(begins[0]))} on as from {place(int(first[index][begins[0]]))} on"
    )
    cure = "Remove the copies, if these steps were not measured"
    rows = tuple(place(step) for step in begins[:MOST_ROWS].tolist())
    yield Finding("copied_stretches", "medium", "", what, cure, len(begins), rows)
