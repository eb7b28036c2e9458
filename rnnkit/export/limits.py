"""The limits of a model, as far as its run folder tells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rnnkit.export.target import Model
from rnnkit.tasks.evaluation import COUNTS, OWN, PUBLISHED, is_better

ByWho = Mapping[str, Mapping[str, float | None]]


def limits(model: Model, scores: Mapping[str, ByWho]) -> list[str]:
    """Sentences about the limits, the most severe first.

    Args:
        model: The model.
        scores: The scores, by part, row and metric.
    """
    return [*_of_scores(model, scores), *_of_data(model)]


def _of_scores(model: Model, scores: Mapping[str, ByWho]) -> Iterator[str]:
    held_out = [part for part in scores if part != "train"]
    if not scores:
        yield "Its quality is unknown: it has not been scored."
    elif not held_out:
        yield (
            "It was scored on its training data alone: the scores say how well it remembers them,"
            " not how well it answers anything else."
        )
    elif "test" not in held_out:
        yield (
            "Its best epoch was chosen by the validation part, so the scores there are somewhat"
            " better than those of new data."
        )
    for part, by_who in scores.items():
        yield from _better_rows(part, by_who)


def _better_rows(part: str, by_who: ByWho) -> Iterator[str]:
    """A sentence for each row of the scores that is better."""
    own = by_who.get(OWN, {})
    for who, others in by_who.items():
        metrics = [
            metric
            for metric, value in others.items()
            if metric not in COUNTS
            and value is not None
            and (score := own.get(metric)) is not None
            and is_better(metric, value, score)
        ]
        if who != OWN and not who.startswith("ceiling") and metrics:
            what = "The published figure" if who == PUBLISHED else who
            yield f"{what} is better on the {part} part, by {', '.join(metrics)}."


def _of_data(model: Model) -> Iterator[str]:
    data = getattr(model.task, "data", None)
    longest = getattr(data, "max_length", None)
    if model.run.environment.exists() and model.run.uses_sample:
        yield (
            "It was trained on a small sample for a few steps (--smoke), to see that everything"
            " runs: its answers mean nothing."
        )
    if longest:
        yield f"Texts of more than {longest:,} tokens are truncated."
    yield (
        "The scores hold for data like those it was trained on; for another language, source or"
        " time they are unknown. It repeats errors and unfairness of its data."
    )
    if model.architecture.input_spec.dtype == "int32":
        yield "Tokens that are not in its training data are unknown to it."
