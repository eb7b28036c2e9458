"""Every hint works: what a message tells a person to do makes its mistake go away.

tests/cures/test_written.py finds every hint of the sources, and holds each to a case.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.cures.mistakes import (
    CHECK,
    DAYS,
    PASSENGERS,
    PREPARE,
    REVIEWS,
    Call,
    Case,
    base,
    lines,
    require_cured,
    series,
    table,
)

SEED = ("--seed", "had a general")
CONFIGS = {
    "key": base(more="train: {epoch: 3}"),
    "section": base().replace("task:", "tsk:", 1),
    "task": base(task="{langauge_model: {window: 3}}"),
    "task setting": base(task="{language_model: {windo: 3}}"),
    "layer": base(model="{embedding: 4, layers: [grru: 3]}"),
    "layer key": base(model="{embedding: 4, layers: [gru: {unit: 3}]}"),
    "data set": base(data="{dataset: fabel}"),
    "optimizer": base(more="train: {optimizer: addam}"),
    "monitor": base(more="train: {monitor: los}"),
    "metric": table("csv: {path: a.csv, text: text, label: label}") + "metrics: [mathews]\n",
    "two ways to clip": base(more="train: {clip_norm: 1, clip_value: 1}"),
    "lazy and averaged": base(
        more="train: {optimizer: {adam: {lazy: true, gradient_accumulation_steps: 2}}}"
    ),
    "stream and window": base(task="{language_model: {window: 3, stream: true}}"),
    "no state": base("{language_model: {stream: true}}", model="{embedding: 4, layers: [conv: 3]}"),
    "two pools": base(model="{embedding: 4, layers: [pool: mean, pool: max]}"),
    "greedy and top_k": base(more="generate: {top_k: 3}"),
    "beam and temperature": base(more="generate: {beam_size: 3, temperature: 1}"),
    "quantiles, recursive": base(
        "{forecasting: {timesteps: 3, horizon: 3, loss: quantile, method: recursive}}",
        "{dataset: {numbers: [1, 2, 3, 4, 5, 6, 7, 8, 9]}}",
        "{embedding: none, layers: [gru: 3]}",
    ),
    "embedding twice": base(
        model="{embedding: {dim: 4, path: a.txt, from_texts: true}, layers: [gru: 3]}"
    ),
}
TABLES: dict[str, tuple[str, Mapping[str, str | bytes]]] = {
    "semicolons": (
        table("csv: {path: a.csv, text: text, label: label}"),
        {"a.csv": REVIEWS.replace(",", ";")},
    ),
    "tabs": (
        table("csv: {path: a.csv, text: text, label: label}"),
        {"a.csv": REVIEWS.replace(",", "\t")},
    ),
    "no header": (
        table("csv: {path: a.csv, text: text, label: label}"),
        {"a.csv": REVIEWS.replace("text,label\n", "")},
    ),
    "column": (
        table("csv: {path: a.csv, text: txt, label: label}"),
        {"a.csv": REVIEWS},
    ),
    "other column": (
        table("csv: {path: a.csv, text: text, label: label}"),
        {"a.csv": REVIEWS.replace("text,label", "review,stars")},
    ),
    "cp1252": (
        table("csv: {path: a.csv, text: text, label: label}"),
        {"a.csv": REVIEWS.replace("film", "caf\xe9").encode("cp1252")},
    ),
    "utf-16": (
        table("csv: {path: a.csv, text: text, label: label}"),
        {"a.csv": REVIEWS.encode("utf-16")},
    ),
    "path": (table("csv: {path: revews.csv, text: text, label: label}"), {"reviews.csv": REVIEWS}),
    "column twice": (
        table("csv: {path: a.csv, text: text, label: label}"),
        {"a.csv": REVIEWS.replace("text,label", "text,text")},
    ),
    "text in utf-16": (
        base(data="{dataset: {text: a.txt}, split: 0}"),
        {"a.txt": ("one two three four " * 9).encode("utf-16")},
    ),
    "text in cp1252": (
        base(data="{dataset: {text: a.txt}, split: 0}"),
        {"a.txt": ("caf\xe9 two three four " * 9).encode("cp1252")},
    ),
    "german numbers": (
        series("path: a.csv, time: day, target: sold, separator: ';'"),
        {"a.csv": lines("day;sold", *(f"{day};{index},5" for index, day in enumerate(DAYS)))},
    ),
    "thousands": (
        series("path: a.csv, time: day, target: sold, separator: ';'"),
        {
            "a.csv": lines(
                "day;sold", *(f"{day};1,000,{index:03d}.5" for index, day in enumerate(DAYS))
            )
        },
    ),
    "marks": (
        series("path: a.csv, time: day, target: sold"),
        {"a.csv": PASSENGERS.replace(",7\n", ",?\n")},
    ),
    "gap": (
        series("path: a.csv, time: day, target: sold"),
        {"a.csv": PASSENGERS.replace("2024-01-07,6\n", "")},
    ),
    "empty cell": (
        series("path: a.csv, time: day, target: sold"),
        {"a.csv": PASSENGERS.replace("2024-01-07,6\n", "2024-01-07,\n")},
    ),
    "day first": (
        series("path: a.csv, time: day, target: sold"),
        {
            "a.csv": lines(
                "day,sold", *(f"{d[8:]}/{d[5:7]}/{d[:4]},{n}" for n, d in enumerate(DAYS))
            )
        },
    ),
    "irregular": (
        series("path: a.csv, time: day, target: sold"),
        {"a.csv": PASSENGERS.replace("2024-01-07", "2024-01-07T05:00")},
    ),
    **{
        name: (series("path: a.csv, time: day, target: sold"), {"a.csv": lines("day,sold", *rows)})
        for name, rows in {
            "repeated day": [f"{day},1" for day in (*DAYS, DAYS[-1])],
            "days in disorder": [f"{day},1" for day in (DAYS[1], DAYS[0], *DAYS[2:])],
            "newest first": [f"{day},1" for day in reversed(DAYS)],
            "unix": [f"{1672531200 + 3600 * n},{n}" for n in range(30)],
            "excel": [f"{44927 + n},{n}" for n in range(30)],
            "years": [f"{1990 + n},{n}" for n in range(30)],
            "step numbers": [f"{n},{n}" for n in range(30)],
            "jitter": [
                f"2024-01-01T{n // 12:02d}:{n % 12 * 5:02d}:{n % 7:02d},{n}" for n in range(60)
            ],
            "year first": [f"24/01/{day:02d},{day}" for day in range(1, 29)],
            "counts of milliseconds": [f"{1700000000000 + 3600000 * n},{n}" for n in range(30)],
            "month ends": [f"{year}-12-31,1" for year in (*range(1990, 2001), *range(2002, 2020))],
            "clock set back": [
                f"2023-10-29T{hour:02d}:00,1" for hour in (0, 1, 2, 2, *range(3, 24))
            ],
        }.items()
    },
    "stores": (
        series("path: a.csv, time: day, target: sold"),
        {"a.csv": lines("store,day,sold", *(f"{s},{day},1" for s in "AB" for day in DAYS))},
    ),
    "stores that overlap": (
        series("path: a.csv, time: day, target: sold"),
        {
            "a.csv": lines(
                "store,day,sold",
                *(f"A,{day},1\n" + (f"B,{day},1" if day > DAYS[20] else "") for day in DAYS),
            )
        },
    ),
    "fill without resample": (
        series("path: a.csv, target: sold, resample: 1D"),
        {"a.csv": PASSENGERS},
    ),
}
CALLS: dict[str, tuple[Call, tuple[str, ...]]] = {
    "verb": (("generat", "writer", *SEED), ("writer",)),
    "option": (("generate", "writer", "--sead", "had a general"), ("writer",)),
    "run": (("generate", "writr", *SEED), ("writer",)),
    "shipped": (("check", "fabel"), ()),
    "starter": (("config", "new", "taging"), ()),
    "top_k": (("generate", "writer", *SEED, "--top-k", "3"), ("writer",)),
    "samples": (("generate", "writer", *SEED, "--num-samples", "3"), ("writer",)),
    "sampler": (("generate", "writer", *SEED, "--sampler", "min_q"), ("writer",)),
    "output": (("predict", "judge", "--input", "reviews.csv", "-o", "reviews.csv"), ("judge",)),
    "input": (("predict", "judge", "--input", "revews.csv"), ("judge",)),
    "column": (("predict", "judge", "--input", "reviews.csv", "--column", "txt"), ("judge",)),
    "file to a writer": (("predict", "writer", "--input", "reviews.csv"), ("judge", "writer")),
    "text to a forecaster": (("generate", "weather", *SEED), ("weather",)),
    "series to a judge": (("forecast", "judge"), ("judge",)),
    **{
        f"series with {name}": (("forecast", "weather", "--input", f"{name}.csv"), ("weather",))
        for name in ("twice", "gap", "excel", "hours")
    },
    "no numbers to begin with": (("generate", "stars", "--seed", "film 1"), ("stars",)),
    "no condition": (("generate", "tunes", "--seed", "film 1"), ("tunes",)),
    "text without a condition": (("predict", "tunes", "--text", "a b"), ("tunes",)),
    "file to a model of conditions": (
        ("predict", "tunes", "--input", "reviews.csv"),
        ("judge", "tunes"),
    ),
    "condition": (("generate", "tunes", "--condition", "goood"), ("tunes",)),
    "no run": (("predict", "--text", "a"), ()),
    "own component": (CHECK, ("own",)),
}
CASES = {
    **{f"config: {name}": Case(config) for name, config in CONFIGS.items()},
    **{f"table: {name}": Case(config, files, PREPARE) for name, (config, files) in TABLES.items()},
    **{f"call: {name}": Case("", {}, call, runs) for name, (call, runs) in CALLS.items()},
    "key without effect": Case(base(more="generate: {length_penalty: 0.5}"), remark=True),
}


@pytest.mark.parametrize("name", CASES)
def test_hints_cure_the_mistake(name: str) -> None:
    """Each way out of a message leads to a call that is done, if need be by the next message."""
    require_cured(CASES[name])
