"""The attention of an encoder-decoder while it decodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnkit.errors import RnnkitError, at
from rnnkit.tasks.capabilities import Attends
from rnnkit.workflows.outputs import output_picture, write_output
from rnnkit.workflows.trained import capable, find_trained, load_trained


@dataclass(frozen=True)
class Attended:
    """A decoded target, and the attention of each of its tokens.

    Args:
        source: The tokens that were read.
        target: The tokens that were decoded, `<end>` among them.
        shares: For each token of the target, the weight of each token of the source; they sum to 1.
    """

    source: list[str]
    target: list[str]
    shares: list[list[float]]


def attention(name: str | None, text: str) -> Attended:
    """Decodes a target for a source, with the attention of each step.

    Args:
        name: A run's folder or name; None for the newest encoder-decoder.
        text: The source.

    Raises:
        RnnkitError: If there is no such run, it has no attention, or the text is empty.
    """
    trained = load_trained(find_trained(name, Attends))
    if trained.architecture.attention is None:
        got, expected = "a model without attention", "Expected `model.attention` in its config"
        raise RnnkitError(str(trained.run), got, expected, "Name another run")
    if trained.answers == "keras":
        expected = "Expected layers that NumPy knows: keras does not return the attention"
        raise RnnkitError(str(trained.run), "a model that keras answers", expected)
    with at("--text"):
        result = capable(trained, Attends).attention(text)
    shares = [[round(float(share), 6) for share in row] for row in result.weights]
    return Attended(result.source, result.target, shares)


def write_map(path: str, attended: Attended, *, overwrite: bool = False) -> None:
    """Draws the attention weights as a heat map, a PNG.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced.
    """
    from rnnkit.report.attention import draw_attention

    target = output_picture(path, "--output", overwrite)
    picture = draw_attention(np.array(attended.shares), attended.source, attended.target)
    write_output(target, picture, "--output")
