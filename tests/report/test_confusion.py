"""Pictures of confusion matrices: that they are drawn whatever the labels are called and however
many there are.
"""

from __future__ import annotations

import struct

import numpy as np
import pytest

from rnnkit.report.confusion import draw_confusion


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize(
    "labels",
    [
        ["bad", "good"],
        ["a$b$", "$\\frac"],  # matplotlib would read mathematics
        [
            "日本",
            "\N{GRINNING FACE}",
        ],  # which its font lacks: no warning (pytest makes it an error)
        ["", "x" * 500],
        ["one"],
    ],
    ids=["plain", "dollars", "letters", "long", "single"],
)
def test_draw_confusion_accepts_any_labels(labels: list[str]) -> None:
    width, height = size(
        draw_confusion(
            np.arange(len(labels) ** 2).reshape(len(labels), -1),
            labels,
            "a $title$, \N{GRINNING FACE}",
        )
    )
    assert 400 < width < 1500
    assert 300 < height < 1500


def test_draw_confusion_accepts_labels_without_texts() -> None:
    size(draw_confusion(np.zeros((3, 3), int), ["a", "b", "c"], "nothing"))


def test_draw_confusion_bounds_the_size_for_many_labels() -> None:
    generator = np.random.default_rng(0)
    thirty = size(
        draw_confusion(np.eye(30, dtype=int), [f"label {number}" for number in range(30)], "thirty")
    )
    many = size(
        draw_confusion(
            generator.integers(0, 9, (90, 90)),
            [f"label {number}" for number in range(90)],
            "many",
        )
    )
    assert max(many) <= max(thirty) + 100


def test_draw_confusion_shows_the_counts() -> None:
    names = ["bad", "good"]
    assert draw_confusion(np.array([[5, 1], [0, 4]]), names, "t") != draw_confusion(
        np.array([[4, 1], [0, 5]]), names, "t"
    )
    assert draw_confusion(np.array([[5, 1], [0, 4]]), names, "t") == draw_confusion(
        np.array([[5, 1], [0, 4]]), names, "t"
    )
