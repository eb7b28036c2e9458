"""The verdict on a score in words: compared with simple methods, published figure and ceiling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rnnkit.quantities import percent
from rnnkit.report.numbers import number_text

SAME = 1e-9
NAMES = {name: name.upper() for name in ("bleu", "f1", "mae", "mase", "rmse")}


@dataclass(frozen=True)
class Standing:
    """A score and those that it is compared with, all of one metric on one part of the data.

    Args:
        metric: The name of the metric.
        part: The part of the data.
        own: The score of the run.
        baselines: The scores of simple methods, by name.
        less_is_better: Whether it is an error.
        published: The published figure and its source.
        ceiling: The best possible score, and what it holds for.
        remarks: By baseline, a remark such as that chance explains the difference.
    """

    metric: str
    part: str
    own: float
    baselines: Mapping[str, float]
    less_is_better: bool
    published: tuple[float, str] | None = None
    ceiling: tuple[float, str] | None = None
    remarks: Mapping[str, str] = field(default_factory=dict)

    @property
    def beaten(self) -> list[str]:
        """The simple methods that are worse."""
        return [who for who, value in self.baselines.items() if self._is_better(self.own, value)]

    @property
    def tone(self) -> Literal["good", "bad", ""]:
        """Either "good", if all simple methods are worse, or "bad"; "" if there are none."""
        if not self.baselines:
            return ""
        return "good" if len(self.beaten) == len(self.baselines) else "bad"

    def sentences(self) -> list[str]:
        """The verdict, the most important first."""
        sentences = [self._compared()]
        sentences += [f"{who}: {self.remarks[who]}." for who in self.beaten if who in self.remarks]
        if self.published is not None:
            value, source = self.published
            sentences.append(
                f"The published figure is {self._text(value)} ({source}): {self._by(value)}."
            )
        if self.ceiling is not None:
            value, who = self.ceiling
            reached = abs(self.own - value) <= SAME
            bound = "has less than" if self.less_is_better else "exceeds"
            sentences.append(
                f"{who}: no model {bound} {self._text(value)} on these data"
                f"{', and this run reaches it' if reached else ''}."
            )
        if self.part == "train":
            sentences.append("These are training scores: the model has seen these very data.")
        return [f"{sentence[:1].upper()}{sentence[1:]}" for sentence in sentences]

    def _compared(self) -> str:
        score = f"{NAMES.get(self.metric, self.metric)} {self._text(self.own)} on {self.part}"
        if not self.baselines:
            return f"{score}; no simple method is measured by it."
        sign = 1 if self.less_is_better else -1
        best = min(self.baselines, key=lambda who: sign * self.baselines[who])
        value = self._text(self.baselines[best])
        if self.tone == "good":
            all_methods = "the simple method" if len(self.baselines) == 1 else "every simple method"
            return f"{score}: better than {all_methods}; the best of them, {best}, reaches {value}."
        more = f", and beats {len(self.beaten)} of {len(self.baselines)}" * bool(self.beaten)
        return f"{score}: does not beat {best}, which reaches {value}{more}."

    def _by(self, other: float) -> str:
        difference = abs(self.own - other)
        if difference <= SAME:
            return "this run equals it"
        is_share = self.metric == "accuracy"
        amount = f"{100 * difference:.2f} points" if is_share else number_text(difference)
        return (
            f"this run is {'better' if self._is_better(self.own, other) else 'worse'} by {amount}"
        )

    def _is_better(self, score: float, other: float) -> bool:
        return score < other - SAME if self.less_is_better else score > other + SAME

    def _text(self, value: float) -> str:
        return percent(value, 2) if self.metric == "accuracy" else number_text(value)
