"""Draws docs/images/fable.svg, the picture of README, from a run: its config, its curve of accuracy
with the bigram table and the ceiling, and what it generates.

    python scripts/draw_picture.py runs/fable docs/images/fable.svg
"""

from __future__ import annotations

import argparse
import csv
import json
import textwrap
from html import escape
from pathlib import Path

import rnnkit

CONFIG = """\
task: {language_model: 3}
data: {dataset: fable}
model:
  embedding: 64
  layers:
    - lstm: 512
    - lstm: 512
train: {epochs: 100}"""

WIDTH, HEIGHT = 840, 240
LEFT, RIGHT, TOP, BOTTOM = 318, 556, 60, 206  # of the curve
STYLE = """
.card { fill: #ffffff; stroke: #d0d7de; }
text { fill: #1f2328; font: 13px sans-serif; }
.head { font-weight: 600; }
.code { font: 12px monospace; white-space: pre; }
.small { font-size: 11px; fill: #59636e; }
.axis { stroke: #8c959f; }
.curve { fill: none; stroke: #0969da; stroke-width: 2.5; }
.model { fill: #0969da; font-size: 11px; }
.other { stroke: #bc4c00; stroke-dasharray: 5 4; }
.name { fill: #bc4c00; font-size: 11px; }
@media (prefers-color-scheme: dark) {
  .card { fill: #0d1117; stroke: #3d444d; }
  text { fill: #f0f6fc; }
  .small { fill: #9198a1; }
  .axis { stroke: #656c76; }
  .curve { stroke: #4493f8; }
  .model { fill: #4493f8; }
  .other { stroke: #db6d28; }
  .name { fill: #db6d28; }
}"""


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    place = f'x="{x:.0f}" y="{y:.0f}" class="{kind}" text-anchor="{anchor}"'
    return f"<text {place}>{escape(words)}</text>"


def curve(accuracies: list[float], bigram: float) -> list[str]:
    """Accuracy by epoch, from 0 to 1, and the bigram table's as a dashed line."""
    step = (RIGHT - LEFT) / (len(accuracies) - 1)

    def height(share: float) -> float:
        return BOTTOM - share * (BOTTOM - TOP)

    points = " ".join(
        f"{LEFT + index * step:.1f},{height(share):.1f}" for index, share in enumerate(accuracies)
    )
    return [
        f'<path class="axis" fill="none" d="M{LEFT} {TOP} V{BOTTOM} H{RIGHT}"/>',
        f'<path class="other" d="M{LEFT} {height(bigram):.1f} H{RIGHT}"/>',
        f'<polyline class="curve" points="{points}"/>',
        text(RIGHT, height(bigram) - 5, f"bigram table {bigram:.0%}", "name", "end"),
        text(RIGHT, height(accuracies[-1]) - 6, f"this run {accuracies[-1]:.0%}", "model", "end"),
        text(LEFT, BOTTOM + 16, "epoch 1", "small"),
        text(RIGHT, BOTTOM + 16, f"epoch {len(accuracies)}", "small", "end"),
        text(LEFT - 6, TOP + 5, "100%", "small", "end"),
        text(LEFT - 6, BOTTOM, "0", "small", "end"),
    ]


def picture(run: Path) -> str:
    with (run / "history.csv").open(encoding="utf-8") as file:
        accuracies = [float(row["accuracy"]) for row in csv.DictReader(file)]
    scores = json.loads((run / "metrics.json").read_text(encoding="utf-8"))["train"]
    (generated,) = rnnkit.generate("had a general", run=run, max_new_tokens=27)
    parts = [
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="10"/>',
        text(22, 34, "A config", "head"),
        *(text(22, 62 + 19 * n, line, "code") for n, line in enumerate(CONFIG.splitlines())),
        text(LEFT - 28, 34, "rnnkit train: accuracy, with a baseline", "head"),
        *curve(accuracies, scores["bigram"]["accuracy"]),
        text(598, 34, "rnnkit generate: no framework", "head"),
    ]
    lines = textwrap.wrap(generated, 30)
    parts += [text(598, 66 + 20 * n, line) for n, line in enumerate(lines)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            ' aria-label="A config, the accuracy of its training, and the generated text">',
            f"<style>{STYLE}</style>",
            *parts,
            "</svg>\n",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="a run of the config fable")
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    arguments.output.write_text(picture(arguments.run), encoding="utf-8")


if __name__ == "__main__":
    main()
