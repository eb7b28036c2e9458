"""The cure of each finding of an audit works: with it, the finding is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from rnnkit.audit.finding import Finding
from rnnkit.workflows.inspect.data import audit
from tests.cures.cures import CONFIG, cures
from tests.cures.mistakes import base, series
from tests.cures.stories import Story

WORDS = [f"{a}{b}" for a in "bdfghklmnprst" for b in ("ake", "ine", "ola", "urt", "ems", "ipo")]


def texts(rows: int, length: int = 6, start: int = 0) -> list[tuple[str, str]]:
    """Different texts of two labels, half each."""
    size = len(WORDS)
    return [
        (
            " ".join(
                WORDS[(start + row * 7 + step * (row % 5 + 1)) % size] for step in range(length)
            )
            + f" {WORDS[row % size]} {WORDS[(row // size + row * 3) % size]}",
            "good" if row % 2 else "bad",
        )
        for row in range(rows)
    ]


def csv(rows: list[tuple[str, str]]) -> str:
    return "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows)


def classifier(more: str = "", split: str = "0.2") -> str:
    dataset = "csv: {path: t.csv, text: text, label: label}"
    return base("classification", f"{{dataset: {{{dataset}}}, split: {split}{more}}}")


@dataclass(frozen=True)
class Planted:
    """Data with a fault.

    Args:
        config: The config.
        kind: The kind of finding.
        files: Other files, by name.
        mended: The overrides that do what the cure says, where that is more than to write its
            words.
    """

    config: str
    kind: str
    files: Mapping[str, str] = field(default_factory=dict)
    mended: tuple[str, ...] = ()

    def found(self, *overrides: str) -> list[Finding]:
        """The findings of this kind."""
        return [one for one in audit(str(CONFIG), overrides).findings if one.kind == self.kind]

    def say(self, _: object) -> str:
        for name, content in self.files.items():
            Path(name).write_text(content, encoding="utf-8")
        CONFIG.write_text(self.config, encoding="utf-8")
        return " ".join(f"{one.what}. {one.cure}" for one in self.found())

    def mend(self, message: str) -> None:
        ways = [("", *self.mended)] if self.mended else cures((str(CONFIG),), message, {})
        assert ways, message
        for _, *overrides in ways:
            assert not self.found(*overrides), overrides


UNSEEN = csv([*texts(200), *((f"odd{n} word{n} here{n} is{n}", "bad") for n in range(40))])
PLANTED: dict[str, Planted] = {
    "rare label": Planted(
        classifier(),
        "skewed_classes",
        {
            "t.csv": csv(
                [(text, "good" if row < 300 else "bad") for row, (text, _) in enumerate(texts(320))]
            )
        },
    ),
    "label that validation lacks": Planted(
        classifier(split="{validation: 0.1, method: last}"),
        "missing_classes",
        {
            "t.csv": csv(
                [
                    (text, "odd" if 200 < row < 240 else label)
                    for row, (text, label) in enumerate(texts(300))
                ]
            )
        },
    ),
    "long texts": Planted(
        classifier(", max_length: 3"), "truncated_rows", {"t.csv": csv(texts(60))}
    ),
    "padding": Planted(
        classifier(", max_length: 50, batching: fixed, mask: false, padding: pre"),
        "padding",
        {"t.csv": csv(texts(60))},
    ),
    "words that training lacks": Planted(classifier(), "unknown_tokens", {"t.csv": UNSEEN}),
    "no unknown word in training": Planted(classifier(), "untrained_unknown", {"t.csv": UNSEEN}),
    "words that a tagger has not seen": Planted(
        base(
            "tagging",
            "{dataset: {tagged: {sentences: ["
            + ", ".join(f"a{n % 5}/X the/Y b{n}/X" for n in range(90))
            + "]}}, split: 0.2}",
        ),
        "unknown_tokens",
    ),
    "words seen once": Planted(
        classifier(),
        "tokens_seen_once",
        {"t.csv": csv([(f"once{n} the film", "good" if n % 2 else "bad") for n in range(60)])},
    ),
    "nothing held out": Planted(
        classifier(split="0"), "nothing_held_out", {"t.csv": csv(texts(60))}
    ),
    "few held-out rows": Planted(
        classifier(split="0.05"), "small_validation", {"t.csv": csv(texts(600))}
    ),
}
LEVEL = "path: s.csv, time: day, target: sold"
START = np.datetime64("2024-01-01", "h")


def days(**columns: np.ndarray) -> str:
    """A series of daily numbers."""
    names, rows = ",".join(columns), zip(*columns.values(), strict=True)
    return f"day,{names}\n" + "".join(
        f"{START + 24 * number},{','.join(f'{value:.4f}' for value in row)}\n"
        for number, row in enumerate(rows)
    )


def rhythm() -> str:
    """Rows that come hourly at first, then daily."""
    hours = np.cumsum([1] * 120 + [24] * 60)
    return "day,sold\n" + "".join(f"{START + int(hour)},{hour % 7}\n" for hour in hours)


WALK = np.cumsum(np.random.default_rng(0).normal(size=(2, 120)), axis=1) + 50
AHEAD = np.append(WALK[0, 1:], WALK[0, -1])
BESIDE = f"{LEVEL}, features: [stock, plan]"
LEAKS = ("data.dataset.series.features=[stock]", "data.dataset.series.known=[]")
PLANTED |= {
    "later levels": Planted(
        series(LEVEL), "beyond_range", {"s.csv": days(sold=np.arange(120) + WALK[1] % 2)}
    ),
    "another rhythm": Planted(
        series(f"{LEVEL}, resample: rows"), "step_change", {"s.csv": rhythm()}
    ),
    "a later value among the features": Planted(
        series(BESIDE),
        "future_value",
        {"s.csv": days(sold=WALK[0], stock=WALK[1], plan=AHEAD)},
        LEAKS,
    ),
    "a copy of the target": Planted(
        series(BESIDE),
        "copy_of_target",
        {"s.csv": days(sold=WALK[0], stock=WALK[1], plan=2 * WALK[0])},
        LEAKS,
    ),
    "the target among what is known": Planted(
        series(f"{BESIDE}, known: [plan]"),
        "target_in_known",
        {"s.csv": days(sold=WALK[0], stock=WALK[1], plan=2 * WALK[0])},
        LEAKS,
    ),
    "a series with nothing held out": Planted(
        series(LEVEL).replace("validation: 0.2", "validation: 0"),
        "nothing_held_out",
        {"s.csv": days(sold=WALK[0])},
    ),
}
CASES = {name: Story(one.say, one.mend) for name, one in PLANTED.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_cure_of_a_finding_works(
    name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("cure"))
    CASES[name].require_cured(tmp_path_factory)
