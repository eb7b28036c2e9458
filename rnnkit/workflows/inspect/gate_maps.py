"""Heat maps of gates and states."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.workflows.inspect.gates import Panel
from rnnkit.workflows.outputs import output_picture, write_output


def write_maps(path: str, panels: Sequence[Panel], *, overwrite: bool = False) -> None:
    """Writes heat maps, a PNG.

    Raises:
        RnnkitError: If it cannot be written, or exists and may not be replaced, or there are too
            many maps for a picture.
    """
    target = output_picture(path, "--output", overwrite)
    from rnnkit.report.gates import MOST_PANELS, Map, draw_gates

    maps = [
        Map(
            f"{panel.place}: {one.words}", one.values, one.kind == "gate", panel.first, panel.tokens
        )
        for panel in panels
        for one in panel.signals
    ]
    if len(maps) > MOST_PANELS:
        got = f"{len(maps)} maps"
        raise RnnkitError("--output", got, f"Expected at most {MOST_PANELS}, such as of one layer")
    title = f"Gates and states over {counted(len(panels[0].tokens), 'token')}"
    write_output(target, draw_gates(maps, title), "--output")
