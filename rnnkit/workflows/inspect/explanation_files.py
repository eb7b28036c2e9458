"""Explanations as a picture and as an HTML page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.quantities import percent
from rnnkit.report.coloured_text import coloured_page
from rnnkit.workflows.inspect.explain import Explanation
from rnnkit.workflows.inspect.tokens import gap_between
from rnnkit.workflows.outputs import output_page, output_picture, write_output

MOST_BARS = 60


def write_picture(
    path: str, explanations: Sequence[Explanation], *, overwrite: bool = False
) -> None:
    """Writes a PNG: a bar for each token, or a heat map of features by lag, or of target by source.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced.
    """
    target = output_picture(path, "--output", overwrite)
    write_output(target, _picture(explanations), "--output")


def write_page(path: str, explanations: Sequence[Explanation], *, overwrite: bool = False) -> None:
    """Writes an HTML page with each token on a background coloured by its contribution.

    Raises:
        RnnkitError: If there is no text, it cannot be written, or exists and may not be replaced.
    """
    first, *others = explanations
    target = output_page(path, "--html", overwrite)
    if others or first.parts[0].feature:
        got, hint = "several answers" if others else "numbers", "Write --output FILE.png"
        raise RnnkitError("--html", got, "Expected one answer to a text", hint)
    values = np.array([part.contribution for part in first.parts])
    most = float(np.abs(values).max()) or 1.0
    tokens = [part.part for part in first.parts]
    gap = gap_between(tokens)
    caption = [
        f"{first.answer}: {_number(first)}; {first.manner}.",
        f"Blue spoke for the answer, orange against it: 1 stands for {most:.3g} ({first.unit}).",
    ]
    page = coloured_page(
        f"Why {first.answer}", caption, [token + gap for token in tokens], (values / most).tolist()
    )
    write_output(target, page, "--html")


def _picture(explanations: Sequence[Explanation]) -> bytes:
    from rnnkit.report.contributions import draw_bars, draw_map

    first, *others = explanations
    values = np.array(
        [[part.contribution for part in explanation.parts] for explanation in explanations]
    )
    if others:
        rows = [explanation.answer for explanation in explanations]
        labels = ("decoded token", "source token", f"contribution ({first.unit})")
        return draw_map(values, rows, [part.part for part in first.parts], "", labels)
    title = f"{first.answer}: {_number(first)}"
    if not first.parts[0].feature:
        largest = np.sort(np.argsort(-np.abs(values[0]), kind="stable")[:MOST_BARS])
        names = [first.parts[row].part for row in largest]
        return draw_bars(names, values[0][largest], title, first.unit)
    features = list(dict.fromkeys(part.feature for part in first.parts))
    steps = list(dict.fromkeys(part.part for part in first.parts))
    grid = values.reshape(len(steps), len(features)).T
    across = "step"
    if first.parts[0].lag is not None:
        later = max(int(part.part) - (part.lag or 0) for part in first.parts)
        across = "lag" + (f"; of what is known in advance {later} less" if later else "")
    labels = ("feature", across, f"contribution ({first.unit})")
    return draw_map(grid, features, steps, title, labels)


def _number(explanation: Explanation) -> str:
    probability = explanation.probability
    return f"{explanation.score:,.4g}" if probability is None else percent(probability, 2)
