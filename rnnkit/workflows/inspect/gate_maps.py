"""Heat maps of gates and states, as a PNG file."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.workflows.inspect.gates import Panel
from rnnkit.workflows.outputs import output_picture, write_output


def write_maps(path: str, panels: Sequence[Panel], *, overwrite: bool = False) -> None:
    """Writes one heat map for each gate and state of each panel to a PNG file.

    Raises:
        RnnkitError: If the file cannot be written, or exists and may not be replaced, or there are
            too many maps for one picture.
    """
    target = output_picture(path, "--output", overwrite)
    from rnnkit.report.gates import MOST_PANELS, Map, draw_gates

    maps = [
        Map(
            f"{panel.place}: {signal.words}",
            signal.values,
            signal.kind == "gate",
            panel.first,
            panel.tokens,
        )
        for panel in panels
        for signal in panel.signals
    ]
    if len(maps) > MOST_PANELS:
        got = f"{len(maps)} maps"
        raise RnnkitError(
            "--output", got, f"Expected at most {MOST_PANELS}, such as those of one layer"
        )
    title = f"Gates and states over {counted(len(panels[0].tokens), 'token')}"
    write_output(target, draw_gates(maps, title), "--output")
