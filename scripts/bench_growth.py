"""How the cost of a training step and of an answer grows: with timesteps, rows, units, vocabulary
and the size of the corpus.

    python scripts/bench_growth.py [--verb train] [--against keras] [--plot growth.png]

Every row of the tables is a comparison of `rnnkit bench`: milliseconds a step (of an answer, a
batch of 256 rows) by the clock and of all processors, and how often they are those of the row
before. Below each table is the straight line that fits best: R² says how straight the growth is,
the power what doubling the first column does between the two last rows (1: twice as much, 2: four
times). Texts are random words, all of one length, so nothing is downloaded. The tables are
Markdown.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.bench.compare import Options, compare

STANDARD = {"timesteps": 100, "rows": 64, "units": 32, "vocabulary": 5000, "texts": 640}
GROWTH = {
    "timesteps": (50, 100, 200, 400, 800),
    "rows": (16, 32, 64, 128, 256),
    "units": (16, 32, 64, 128, 256),
    "vocabulary": (1250, 2500, 5000, 10_000, 20_000),
    "texts": (640, 1280, 2560, 5120),
}
Table = dict[int, dict[str, dict[str, float]]]
"""Of each size and contender, "clock" and "cpu" in ms a step."""


def config(folder: Path, timesteps: int, rows: int, units: int, vocabulary: int, texts: int) -> str:
    """A classifier of random texts, in a folder."""
    ids = np.random.default_rng(0).integers(0, vocabulary, texts * timesteps)
    ids[:vocabulary] = np.arange(vocabulary)[: len(ids)]  # every word occurs
    with open(folder / "texts.jsonl", "w", encoding="utf-8") as file:
        for number, row in enumerate(ids.reshape(texts, timesteps)):
            text = " ".join(f"w{word}" for word in row)
            file.write(json.dumps({"text": text, "label": "ab"[number % 2]}) + "\n")
    dataset = {"jsonl": {"path": str(folder / "texts.jsonl"), "text": "text", "label": "label"}}
    tree = {
        "task": "classification",
        "data": {
            "dataset": dataset,
            "split": 0,
            "max_length": timesteps,
            "tokenizer": {"word": {"vocab_size": vocabulary + 2}},
        },
        "model": {"embedding": 32, "layers": [{"lstm": units}]},
        "train": {"batch_size": rows},
    }
    path = folder / "growth.yaml"
    path.write_text(json.dumps(tree), encoding="utf-8")  # JSON is YAML
    return str(path)


def measure(options: argparse.Namespace, name: str, sizes: dict[str, int]) -> dict[str, Any]:
    """Milliseconds a step of each contender, by the clock and of all processors."""
    if name == "texts":  # an epoch, not a step
        steps = sizes["texts"] // sizes["rows"]
    else:
        steps = 4 if sizes["timesteps"] * sizes["units"] > 100 * 64 else 10
        sizes = {**sizes, "texts": sizes["rows"] * steps}
        sizes["texts"] = max(sizes["texts"], -(-sizes["vocabulary"] // sizes["timesteps"]))
    with tempfile.TemporaryDirectory() as folder:
        path = config(Path(folder), **sizes)
        against = tuple(one for one in options.against.split(",") if one)
        work = Options(
            against=against, repeats=options.repeats, steps=steps, least_steps=steps, buckets=False
        )
        comparison = compare(options.verb, path, (), work)
    read = min(sizes["texts"], steps * sizes["rows"])
    done = (
        1 if name == "texts" else -(-read // (256 if options.verb == "predict" else sizes["rows"]))
    )
    return {
        one.name: {"clock": 1e3 * one.median / done, "cpu": 1e3 * statistics.median(one.cpu) / done}
        for one in comparison.contenders
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verb", choices=["train", "predict"], default="train")
    parser.add_argument("--against", default="")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=list(GROWTH), help="one of the tables")
    parser.add_argument("--plot", type=Path, help="a picture of all tables")
    options = parser.parse_args()
    tables = {}
    for name in [options.only] if options.only else GROWTH:
        rows = {size: measure(options, name, {**STANDARD, name: size}) for size in GROWTH[name]}
        tables[name] = rows
        show(name, rows, "an epoch" if name == "texts" else "a step")
    if options.plot:
        draw(tables, options.plot, options.verb)


def show(name: str, rows: Table, unit: str) -> None:
    contenders = list(next(iter(rows.values())))
    titles = [f"{one}, ms {unit} | CPU ms | times" for one in contenders]
    print(f"\n| {name} | {' | '.join(titles)} |\n|---|{'---|' * 3 * len(contenders)}")
    before: dict[str, dict[str, float]] = {}
    for size, measured in rows.items():
        cells = []
        for one in contenders:
            clock, cpu = measured[one]["clock"], measured[one]["cpu"]
            times = f"{cpu / before[one]['cpu']:.2f}" if before else ""
            cells.append(f"{clock:.2f} | {cpu:.2f} | {times}")
        print(f"| {size:,} | {' | '.join(cells)} |")
        before = measured
    print()
    for one in contenders:
        print(f"{one}: {straightness(list(rows), [row[one]['cpu'] for row in rows.values()])}")
    print(end="", flush=True)


def straightness(sizes: list[int], times: list[float]) -> str:
    """The straight line that fits best, and the power of the last doubling."""
    slope, start = np.polyfit(sizes, times, 1)
    rest = np.array(times) - (slope * np.array(sizes) + start)
    share = 1 - (rest**2).sum() / ((np.array(times) - np.mean(times)) ** 2).sum()
    power = np.log(times[-1] / times[-2]) / np.log(sizes[-1] / sizes[-2])
    return (
        f"{start:.2f} ms + {1000 * slope:.2f} ms for each 1,000, R² {share:.3f};"
        f" the last doubling has the power {power:.2f}"
    )


def draw(tables: dict[str, Table], path: Path, verb: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    columns = min(3, len(tables))
    lines = -(-len(tables) // columns)
    figure, axes = pyplot.subplots(lines, columns, figsize=(4 * columns, 3 * lines), squeeze=False)
    for axis in axes.flat[len(tables) :]:
        axis.remove()
    for axis, (name, rows) in zip(axes.flat, tables.items(), strict=False):
        sizes = list(rows)
        for one in next(iter(rows.values())):
            times = [row[one]["cpu"] for row in rows.values()]
            (curve,) = axis.plot(sizes, times, marker="o", label=one)
            slope, start = np.polyfit(sizes, times, 1)
            ends = np.array([0, sizes[-1]])
            axis.plot(ends, start + slope * ends, linestyle=":", color=curve.get_color())
        unit = "epoch" if name == "texts" else "step" if verb == "train" else "batch"
        axis.set(xlabel=name, ylabel=f"ms of CPU, {unit}", xlim=(0, None), ylim=(0, None))
        axis.set_xticks([size for size in sizes if size >= sizes[-1] / 4])
    axes.flat[0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=80)


if __name__ == "__main__":
    main()
