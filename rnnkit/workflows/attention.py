"""Where an encoder-decoder looks while it writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.run import find_run
from rnnkit.storage import write_bytes
from rnnkit.workflows.answer import load_trained
from rnnkit.workflows.outputs import output_picture


@dataclass(frozen=True)
class Attended:
    """A target and where each of its tokens comes from.

    Args:
        source: The tokens that were read.
        target: The tokens that were written, `<end>` among them.
        shares: For each token of the target, the share of each token of the source; they sum to 1.
    """

    source: list[str]
    target: list[str]
    shares: list[list[float]]


def attention(
    name: str | None, text: str, *, where: str = "text", warn: Callable[[str], None]
) -> Attended:
    """What a run writes for a source, and where it looked.

    Args:
        name: A run's folder or name; None for the newest encoder-decoder.
        text: The source.
        where: How messages call it.
        warn: Called with a line about what is not as expected.

    Raises:
        RnnkitError: If there is no such run, it has no attention, or the text is empty.
    """
    trained = load_trained(find_run(name, ["seq2seq"]), warn)
    if trained.architecture.attention is None:
        raise RnnkitError(
            str(trained.run),
            "a model without attention",
            "Expected `model.attention` in its config",
            "Name another run",
        )
    if trained.answers != "numpy":
        raise RnnkitError(
            str(trained.run),
            "a model that keras answers",
            "Expected layers that NumPy knows: keras does not tell where it looked",
        )
    source, target, shares = trained.config.attended(
        trained.codec, trained.outputs, text, where=where, warn=warn
    )
    return Attended(source, target, [[round(float(share), 6) for share in row] for row in shares])


def write_map(path: str, found: Attended) -> None:
    """Writes the shares as a picture, a PNG.

    Raises:
        RnnkitError: If it cannot be written.
    """
    from rnnkit.report.attention import draw_attention

    target = output_picture(path, "--output", overwrite=True)
    try:
        write_bytes(target, draw_attention(np.array(found.shares), found.source, found.target))
    except OSError as error:
        raise RnnkitError(
            "--output",
            f"{path} cannot be written ({error.strerror})",
            "Expected a file that can be written",
        ) from None
