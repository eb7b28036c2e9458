"""What an audit of data finds: each finding with its severity, its rows and its cure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rnnkit.quantities import counted

Severity = Literal["high", "medium", "low"]
"""High: scores or answers are wrong with it; medium: worth acting on; low: good to know."""

SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
MOST_ROWS = 1_000  # that a finding names

Place = Callable[[int], str]
"""Where the example at an index comes from, as its user counts: "reviews.csv: row 17"."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or that is good to know.

    Args:
        kind: What it is, in one word of several: "repeated_rows".
        severity: As of the type.
        part: The part of the data that it is about; "" for all.
        what: What was found, in one sentence.
        cure: What to do about it, with a key or a command where there is one.
        count: How many rows it is about.
        rows: Their places, the first `MOST_ROWS`.
    """

    kind: str
    severity: Severity
    part: str
    what: str
    cure: str
    count: int = 0
    rows: Sequence[str] = ()


def rows_at(place: Place, indices: Iterable[int]) -> tuple[int, tuple[str, ...]]:
    """How many there are, and the places of the first of them."""
    each = [int(index) for index in indices]
    return len(each), tuple(place(index) for index in each[:MOST_ROWS])


def severity_of(share: float, high: float, medium: float) -> Severity:
    """By how large a share of the rows is."""
    return "high" if share >= high else "medium" if share >= medium else "low"


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """The most severe first."""
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def verdict(findings: Sequence[Finding]) -> str:
    """The audit in one sentence."""
    worth = sum(finding.severity != "low" for finding in findings)
    remarks = len(findings) - worth
    more = counted(remarks, "remark") if remarks else ""
    if not worth:
        return "Nothing worth acting on" + (f"; {more}." if more else ".")
    findings_worth = counted(worth, "finding worth acting on", "findings worth acting on")
    return findings_worth + (f", and {more}." if more else ".")


def shown_share(count: float, whole: float) -> str:
    """A share in words: "3 of 40 (7.5%)"."""
    share = count / max(1, whole)
    shown = "under 0.1%" if 0 < share < 0.001 else f"{share:.1%}"
    return f"{int(count):,} of {int(whole):,} ({shown})"


def joined(findings: Iterable[Finding], unit: str) -> list[Finding]:
    """Findings of the same kind about several things as one of each kind.

    Args:
        findings: Each about one of them.
        unit: What these are: "labels".
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
    return replace(first, what=what, count=sum(one.count for one in group), rows=rows)
