"""Findings about the number of rows: for the model, and to choose its best weights."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sized

from rnnkit.audit.finding import Finding, Severity
from rnnkit.quantities import counted, percent

MANY, FAR_MORE = 10.0, 100.0  # parameters for each target
ENOUGH = 100  # held-out rows
HOLD_OUT = "Write `data.split.validation: 0.1`"


def size_findings(
    parts: Mapping[str, Sized], targets: tuple[int, str], parameters: int, unit: str = ""
) -> Iterator[Finding]:
    """All findings of this file.

    Args:
        parts: The parts of the data.
        targets: The number of targets in an epoch, and what they are: "tokens to predict".
        parameters: The model's number of parameters, embeddings aside.
        unit: What rows are: "texts"; "" if a part is one text or series.
    """
    yield from few_rows(*targets, parameters, held_out=len(parts) > 1)
    yield from nothing_held_out(parts)
    if unit:
        yield from small_validation(len(parts.get("validation", ())), len(parts["train"]), unit)


def few_rows(targets: int, unit: str, parameters: int, *, held_out: bool) -> Iterator[Finding]:
    """A model that can memorise its data.

    Args:
        targets: The number of targets in an epoch: labels, tokens or numbers.
        unit: What targets are: "tokens to predict".
        parameters: The model's number of parameters, embeddings aside.
        held_out: Whether a part is held out; if none is, memorising is the purpose.
    """
    if parameters < MANY * targets:
        return
    what = (
        f"{targets:,} {unit} and {counted(parameters, 'parameter')} besides embeddings,"
        f" {parameters / max(1, targets):,.0f} for each: it can memorise the training set"
    )
    severity: Severity = "medium" if held_out and parameters >= FAR_MORE * targets else "low"
    cure = "More rows, or a smaller model: fewer units, dropout between layers"
    yield Finding("few_rows", severity, "train", what, cure)


def nothing_held_out(parts: Collection[str]) -> Iterator[Finding]:
    """Data without a held-out part."""
    if not {"validation", "test"} & set(parts):
        what = "nothing is held out: scores show what is memorised, not how new data are answered"
        yield Finding("nothing_held_out", "low", "", what, HOLD_OUT)


def small_validation(examples: int, train: int, unit: str) -> Iterator[Finding]:
    """A validation part so small that chance decides which weights are best.

    Args:
        examples: The examples of the validation part.
        train: The examples of the training set.
        unit: What they are: "texts".
    """
    if 0 < examples < ENOUGH and train >= 2 * ENOUGH:
        few = counted(examples, unit.removesuffix("s"))
        what = f"validation has {few}: one more right changes a score by {percent(1 / examples, 1)}"
        share = min(0.5, 2 * ENOUGH / (train + examples))
        cure = f"Hold out more: `data.split.validation: {share:.2g}`"
        yield Finding("small_validation", "low", "validation", what, cure, examples)
