"""The gates and states of a run, as DataFrames."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rnnkit.api.arguments import checked
from rnnkit.api.opened_run import OpenedRun
from rnnkit.config.mistakes import shown
from rnnkit.errors import RnnkitError
from rnnkit.progress import quiet_stderr, to_stderr
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.workflows.inspect.gates import GateSelection, Panel, gates
from rnnkit.workflows.inspect.gates_over_data import OverData, over_data

if TYPE_CHECKING:
    import pandas as pd


class InspectedRun(OpenedRun):
    """A run whose gates and states can be read; arguments as in `OpenedRun`."""

    @checked
    def gates(
        self, text: str | None = None, *, layer: str | None = None, condition: str | None = None
    ) -> pd.DataFrame:
        """The gates and states of recurrent layers while a text is read.

        Args:
            text: As a person types it for `predict`: a text, or numbers such as "0.1 0.2, 0.3
                0.4"; None for a forecaster's newest steps, or the beginning of a conditioned text.
            layer: A single recurrent layer, for an encoder "encoder/NAME"; None for all.
            condition: What the text is conditioned on, as in `generate`.

        Returns:
            A row for each value: `layer`, `direction` ("", "forward" or "backward"), `step` from 1,
            `token`, `signal` as the cell's equation names it, `kind` ("gate" or "state"), `unit`
            from 0, `value`.

        Examples:
            >>> read = run.gates("had a general")
            >>> read[read.unit == 7].token.tolist()
            ['had', 'a', 'general']

        Raises:
            RnnkitError: If there is no such layer, or the run cannot read the text.
        """
        import pandas as pd

        if not isinstance(text, str | None):
            raise RnnkitError("text", f"found {shown(text)}", "Expected a text")
        if text is None and condition is None and not isinstance(self.trained.predictor, Forecasts):
            raise RnnkitError("text", "missing", "Expected a text, as predict takes one")
        read = "" if text is None and condition is not None else text
        panels = gates(self._name, read, GateSelection(layer), condition=condition)
        return pd.concat([_panel(panel) for panel in panels], ignore_index=True)

    @checked
    def saturation(self, layer: str | None = None) -> pd.DataFrame:
        """How open the gates of recurrent layers are over the run's data: validation, or the
        training set if nothing is held out.

        Args:
            layer: A single recurrent layer; None for all.

        Returns:
            A row for each gate: `layer` with its direction, `gate`, `mean`, the shares `shut`
            (below 0.1) and `open` (above 0.9) and, for a gate that decides what is kept, the steps
            after which half of it is left: `half_life` of the median unit, `longest` of the unit
            that keeps longest. A layer without gates has no row. `attrs` has "part", "rows" and
            "steps".

        Examples:
            >>> machine.saturation().columns[:3].tolist()
            ['layer', 'gate', 'mean']

        Raises:
            RnnkitError: If there is no such layer, or the data are no longer available.
        """
        import pandas as pd

        measured = self._over_data(layer)
        columns = ["layer", "gate", "mean", "shut", "open", "half_life", "longest"]
        rows = [
            {"layer": layer_gates.place, **asdict(gate)}
            for layer_gates in measured.layers
            for gate in layer_gates.gates
        ]
        return _with_attrs(measured, pd.DataFrame(rows, columns=columns))

    @checked
    def followed(self, layer: str | None = None) -> pd.DataFrame:
        """Which unit best follows a label, a quote, a place in the text or a column of a series,
        over the run's data. It is chosen on one half of the rows and scored on the other.

        Args:
            layer: A single recurrent layer; None for all.

        Returns:
            A row for each thing that can be followed, the closest first: the thing in words
            (`follows`), the `layer` and the `unit`, the `measure` ("AUC" or "correlation"), the
            `score`, and whether the unit `rises` with it. `attrs` as in `saturation`.

        Examples:
            >>> run.followed().attrs["part"]
            'train'

        Raises:
            RnnkitError: As in `saturation`.
        """
        import pandas as pd

        measured = self._over_data(layer)
        columns = ["follows", "layer", "unit", "measure", "score", "rises"]
        return _with_attrs(measured, pd.DataFrame(map(asdict, measured.followed), columns=columns))

    def _over_data(self, layer: str | None) -> OverData:
        to_stderr()
        with quiet_stderr(True):
            return over_data(self._name, layer)


def _panel(panel: Panel) -> pd.DataFrame:
    """A row for each value of one direction of a layer."""
    import numpy as np
    import pandas as pd

    frames = []
    for signal in panel.signals:
        steps, units = np.indices(signal.values.shape).reshape(2, -1)
        columns: dict[str, Any] = {
            "layer": panel.layer,
            "direction": panel.direction,
            "step": steps + 1,
            "token": np.array(panel.tokens, object)[steps],
            "signal": signal.name,
            "kind": signal.kind,
            "unit": units + panel.first,
            "value": signal.values.ravel(),
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _with_attrs(measured: OverData, frame: pd.DataFrame) -> pd.DataFrame:
    frame.attrs = {"part": measured.part, "rows": measured.rows, "steps": measured.steps}
    return frame
