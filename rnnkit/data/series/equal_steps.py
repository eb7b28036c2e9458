"""Puts rows on steps of equal length, or checks that their times are in order and regular."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

import numpy as np

from rnnkit.data.series.grid import Grid
from rnnkit.data.series.resample import leaves_gaps, resampled
from rnnkit.data.times.clock import DAY, HOUR, MINUTE, SECOND, local, shown_time
from rnnkit.data.times.step import Step
from rnnkit.data.times.usual_step import regular_step, usual_step
from rnnkit.data.times.zones import COMMON_ZONES, find_zone, localized
from rnnkit.errors import RnnkitError, setting
from rnnkit.quantities import counted

ROWS = "rows"
FEWEST_ROWS = 10  # fewer are too few to call one of their times an outlier
FEW = 0.01  # at most this fraction of the rows can be outliers
_YEAR = 365.25 * DAY


@dataclass(frozen=True)
class StepRule:
    """How rows become steps of equal length.

    Args:
        resample: The length of a step such as "5min", over which rows are averaged; "rows" if each
            row is a step whatever the time between them; None if the times must be regular.
        keep_partial: Whether a first or last step that the rows do not fill is kept.
        trained_step: The step that a run was trained on, preferred where the times fit several.
        zone: The time zone of the config.
    """

    resample: str | None = None
    keep_partial: bool = False
    trained_step: Step | None = None
    zone: str | None = None


def on_equal_steps(grid: Grid, rule: StepRule, targets: tuple[str, ...]) -> tuple[Grid, list[str]]:
    """Puts rows on steps of equal length.

    Args:
        grid: Columns with their times.
        rule: How rows become steps.
        targets: The columns to forecast.

    Returns:
        The columns on equal steps, and remarks about rows averaged or left out.

    Raises:
        RnnkitError: If the times are out of order, repeated or irregular, or a few lie far from all
            others.
    """
    assert grid.times is not None
    _refuse_outliers(grid)
    if rule.resample is not None and rule.resample != ROWS:
        step = Step.parse(rule.resample)
        return resampled(grid, step, targets, keep_partial=rule.keep_partial)
    _require_order(grid, rule)
    regular = regular_step(grid.times, rule.trained_step)
    if regular is None and rule.resample is None and len(grid.times) > 1:
        _refuse_irregular(grid, rule)
    return replace(grid, step=regular), []


def _refuse_outliers(grid: Grid) -> None:
    """Refuses a few times that are farther from all others than those are from each other, as a
    mistyped year is.
    """
    assert grid.times is not None
    if len(grid) < FEWEST_ROWS:
        return
    order = np.argsort(grid.times.asi8, kind="stable")
    micros, gaps = grid.times.asi8[order], np.diff(grid.times.asi8[order])
    few = max(1, int(FEW * len(micros)))
    late = len(gaps) - few + int(np.argmax(gaps[-few:]))  # the gap before outliers at the end
    early = int(np.argmax(gaps[:few]))  # the gap after outliers at the beginning
    for gap, span, outliers in (
        (gaps[late], micros[late] - micros[0], order[late + 1 :]),
        (gaps[early], micros[-1] - micros[early + 1], order[: early + 1]),
    ):
        index = int(outliers.min())
        is_in_order = (np.diff(order) > 0).all()
        if gap <= span or (is_in_order and gap <= _YEAR):
            continue
        near = index - 1 if index else int(outliers.max()) + 1
        length = _shown_gap(abs(int(grid.times.asi8[index] - grid.times.asi8[near])))
        got = (
            f"{grid.source}: row {grid.rows[index]}, {shown_time(grid.times[index])}, lies {length}"
            f" from {shown_time(grid.times[near])} in row {grid.rows[near]}"
        )
        hint = "Correct the time, or remove the row"
        raise RnnkitError("", got, "Expected times near each other", hint)


def _require_order(grid: Grid, rule: StepRule) -> None:
    """Refuses times that do not increase."""
    assert grid.times is not None
    lengths = np.diff(grid.times.asi8)
    back = np.flatnonzero(lengths <= 0)
    if not back.size:
        return
    index = int(back[0]) + 1
    here, before = shown_time(grid.times[index]), shown_time(grid.times[index - 1])
    if lengths[index - 1] == 0:
        got = (
            f"{grid.source}: row {grid.rows[index]} repeats the time of row {grid.rows[index - 1]},"
            f" {here}"
        )
        cure = "Remove one"
    else:
        got = f"{grid.source}: row {grid.rows[index]}, {here}, comes after {before}"
        cure = "Sort the rows by time"
    if len(grid.times.unique()) == 1:
        hint = f"Where each row is a step, write {setting('time', 'null')}"
    else:
        hint = f"{cure}, or write {_resample(grid)}, over which rows are averaged"
        hint += _clock_changed(grid, rule)
    count = f" ({len(back):,} such rows)" if len(back) > 1 else ""
    raise RnnkitError("", f"{got}{count}", "Expected each row later than the one before", hint)


def _refuse_irregular(grid: Grid, rule: StepRule) -> None:
    """Refuses irregular times, with the first row that is not one usual step after the last."""
    assert grid.times is not None
    usual = usual_step(grid.times)
    lengths = np.diff(usual.number(grid.times))
    is_usual = lengths == 1
    if usual.length:
        is_usual = np.diff(local(grid.times)).astype(np.int64) == usual.length
    odd = np.flatnonzero(~is_usual)
    index = int(odd[0]) + 1 if odd.size else 1
    length = _shown_gap(int(grid.times.asi8[index] - grid.times.asi8[index - 1]))
    equal = len(lengths) - len(odd)
    is_most = len(lengths) > equal > len(lengths) / 2
    others = f"{equal:,} of {len(lengths):,} steps are" if is_most else "the others are about"
    got = (
        f"{grid.source}: row {grid.rows[index]}, {shown_time(grid.times[index])}, comes {length}"
        f" after the row before; {others} {usual}"
    )
    hint = f"Write {_resample(grid)}, or {setting('resample', ROWS)} where each row is a step"
    raise RnnkitError("", got, "Expected equal steps", hint + _clock_changed(grid, rule))


def _resample(grid: Grid) -> str:
    """The config keys that put the rows on equal steps, and fill gaps if that leaves any."""
    assert grid.times is not None
    usual = usual_step(grid.times)
    fill = f" and {setting('fill', 'previous')}" if leaves_gaps(grid, usual) else ""
    return setting("resample", str(usual)) + fill


def _clock_changed(grid: Grid, rule: StepRule) -> str:
    """A hint on a time zone in which daylight saving time explains the irregular times; "" if there
    is none.
    """
    assert grid.times is not None
    if rule.zone is not None:
        return ""
    is_aware = grid.times.tz is not None
    for name in COMMON_ZONES:
        with contextlib.suppress(RnnkitError):
            zone = find_zone(name)
            times = grid.times.tz_convert(zone) if is_aware else localized(grid.times, zone)
            if not times.isna().any() and regular_step(times):
                cure = setting("time_zone", name)
                return f"; or name the zone whose clock was changed, such as {cure}"
    return ""


def _shown_gap(micros: int) -> str:
    """A length of time in the largest unit that fits: 180 years, 3 days, 12 hours, 301 seconds."""
    if micros >= 2 * _YEAR:
        return f"{micros / _YEAR:,.0f} years"
    for unit, size in (("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
        if micros >= size and micros % size == 0:
            count = micros // size
            return counted(count, unit)
    return f"{micros / SECOND:,.6g} seconds"
