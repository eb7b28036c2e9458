"""The findings of an audit, each with its severity, its rows and its cure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rnnkit.quantities import counted, percent

Severity = Literal["high", "medium", "low"]
"""High: scores or answers are wrong; medium: worth acting on; low: a remark."""

SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
MOST_ROWS = 1_000  # most rows that a finding names

Place = Callable[[int], str]
"""A function from the index of an example to its place in the data: "reviews.csv: row 17"."""


@dataclass(frozen=True)
class Finding:
    """A problem of the data, or a remark on them.

    Args:
        kind: Its kind: "repeated_rows".
        severity: Its severity.
        part: The part of the data that it concerns; "" for all.
        what: What was found, in one sentence.
        cure: What to do, with a key or a command if there is one.
        count: The number of rows that it concerns.
        rows: The places of these rows, at most `MOST_ROWS`.
    """

    kind: str
    severity: Severity
    part: str
    what: str
    cure: str
    count: int = 0
    rows: Sequence[str] = ()


def count_and_places(place: Place, indices: Iterable[int]) -> tuple[int, tuple[str, ...]]:
    """The number of rows, and the places of the first ones."""
    rows = [int(index) for index in indices]
    return len(rows), tuple(place(row) for row in rows[:MOST_ROWS])


def severity_of(share: float, high: float, medium: float) -> Severity:
    """The severity by the share of affected rows, with the least shares of high and medium."""
    return "high" if share >= high else "medium" if share >= medium else "low"


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, the most severe first."""
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def verdict(findings: Sequence[Finding]) -> str:
    """The audit in one sentence."""
    relevant = sum(finding.severity != "low" for finding in findings)
    remarks = counted(len(findings) - relevant, "remark") if relevant < len(findings) else ""
    if not relevant:
        return "Nothing worth acting on" + (f"; {remarks}." if remarks else ".")
    count = counted(relevant, "finding worth acting on", "findings worth acting on")
    return count + (f", and {remarks}." if remarks else ".")


def share_text(count: float, whole: float) -> str:
    """A share in words: "3 of 40 (7.5 %)"."""
    share = count / max(1, whole)
    text = f"under {percent(0.001, 1)}" if 0 < share < 0.001 else percent(share, 1)
    return f"{int(count):,} of {int(whole):,} ({text})"


def joined(findings: Iterable[Finding], unit: str) -> list[Finding]:
    """One finding for each kind, part and cure.

    Args:
        findings: Findings, each about one series, column or label.
        unit: What they are about: "labels".
    """
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.kind, finding.part, finding.cure), []).append(finding)
    return [_joined(group, unit) for group in groups.values()]


def _joined(group: Sequence[Finding], unit: str) -> Finding:
    first = ordered(group)[0]
    if len(group) == 1:
        return first
    rows = tuple(row for finding in group for row in finding.rows)[:MOST_ROWS]
    what = f"{first.what}; {counted(len(group) - 1, 'finding')} like it in other {unit}"
    return replace(first, what=what, count=sum(finding.count for finding in group), rows=rows)
