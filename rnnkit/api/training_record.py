"""The record of a run's training: history, scores, curves."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from rnnkit.api.arguments import Pathlike, checked, path_of
from rnnkit.api.data_audit import DataAudit
from rnnkit.api.opened_run import OpenedRun
from rnnkit.api.scores import score_frame
from rnnkit.environment import require
from rnnkit.errors import RnnkitError
from rnnkit.escapes import visible
from rnnkit.progress import log, quiet_stderr, to_stderr
from rnnkit.quantities import counted
from rnnkit.registry import name_of
from rnnkit.report.curves import draw_curves, svg_curves
from rnnkit.storage import read_json
from rnnkit.storage.records import as_record
from rnnkit.storage.schemas import Best, Scores
from rnnkit.workflows.engines import use_engine
from rnnkit.workflows.export import export
from rnnkit.workflows.inspect.data import audit as audit_data
from rnnkit.workflows.quantize import export_int8
from rnnkit.workflows.report import report

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LOSSES = ("loss", "val_loss")


class RecordedRun(OpenedRun):
    """A run that was trained; arguments as in `OpenedRun`."""

    @property
    def history(self) -> pd.DataFrame:
        """The epochs of the training, indexed by number: `loss` and scores, those of validation as
        `val_loss` and so on, `learning_rate`, and `seconds`.

        Examples:
            >>> run.history.loc[1:2, ["loss", "accuracy"]].shape
            (2, 2)
        """
        import pandas as pd

        history = self.folder.load_history()
        return pd.DataFrame(history.columns, index=pd.Index(history.epochs, name="epoch"))

    @property
    def metrics(self) -> pd.DataFrame:
        """The scores that were measured so far, a row for each metric of a part; the columns are
        those of `evaluate(...).frame()`.

        Examples:
            >>> run.metrics.part.unique().tolist()
            ['train']
        """
        path = self.folder.metrics
        return score_frame(read_json(path, kind=Scores) if path.is_file() else {})

    @checked
    def plot(self, *scores: str, ax: Axes | None = None) -> Axes:
        """The curves of the training, by epoch.

        Args:
            scores: Columns of `history`; by default loss and val_loss.
            ax: Where to draw; None for new axes.

        Returns:
            The matplotlib axes.

        Examples:
            >>> run.plot("accuracy").get_xlabel()
            'epoch'

        Raises:
            RnnkitError: If the history has no such column.
        """
        require("matplotlib")
        history = self.history
        for name in scores:
            if name not in history:
                expected = f"Expected some of: {', '.join(history.columns)}"
                raise RnnkitError("scores", f"found {name!r}", expected)
        if ax is None:
            from matplotlib import pyplot

            _, ax = pyplot.subplots()
        names = scores or [name for name in LOSSES if name in history]
        curves = {name: history[name].tolist() for name in names}
        draw_curves(ax, history.index.tolist(), curves, self._best_epoch)
        ax.set_title(self.path.name)
        return ax

    @checked
    def report(self, output: Pathlike | None = None, *, overwrite: bool = False) -> Path:
        """Writes the run's page: one HTML file that needs no network and no script.

        Args:
            output: An .html file; None for report.html in the run folder, which is replaced.
            overwrite: Whether `output` may be replaced.

        Returns:
            The file.

        Examples:
            >>> run.report("fable.html").name
            'fable.html'

        Raises:
            RnnkitError: If the file exists already or cannot be written.
        """
        to_stderr()
        with use_engine(self._engine), quiet_stderr(True):
            return report(self._name, path_of(output, "output"), overwrite=overwrite)

    @checked
    def export(
        self,
        target: str,
        output: Pathlike | None = None,
        *,
        overwrite: bool = False,
        int8: bool = False,
        max_loss: float | None = None,
    ) -> Path:
        """Writes the model for use outside rnnkit.

        Args:
            target: What to write: "html", "onnx", "keras" and the others that `rnnkit export
                --help` lists.
            output: The file or folder; None for one in the current folder, named after the run.
            overwrite: Whether it may be replaced.
            int8: Whether its weights have eight bits, if the target supports it ("onnx"); sizes and
                scores, before and after, are logged.
            max_loss: How much worse a score may become by `int8`, in percentage points, or in
                percent of an error; None for 1.

        Returns:
            The file or folder.

        Examples:
            >>> run.export("html", "page.html").name
            'page.html'

        Raises:
            RnnkitError: If the target is unknown or cannot hold the model, the file exists, or a
                score is worse by more than `max_loss`.
        """
        to_stderr()
        path = None if output is None else str(path_of(output, "output"))
        with quiet_stderr(True):
            if not int8:
                if max_loss is not None:
                    got, expected = f"found {max_loss}", "Expected int8=True as well"
                    raise RnnkitError("max_loss", got, expected)
                return export(self._name, target, path, overwrite=overwrite).path
            most = 1.0 if max_loss is None else max_loss
            done = export_int8(self._name, target, path, max_loss=most, overwrite=overwrite)
        log.info(done.summary)
        return done.written.path

    def inspect_data(self) -> DataAudit:
        """Looks for problems in the data that it was trained on; see `rnnkit.inspect_data`.

        Examples:
            >>> run.inspect_data().verdict
            'Nothing worth acting on; 3 remarks.'

        Raises:
            RnnkitError: If the data are no longer available.
        """
        to_stderr()
        with quiet_stderr(True):
            return DataAudit(audit_data(str(self.path)), self.path.name)

    @property
    def _best_epoch(self) -> int | None:
        recorded = self.folder.load_manifest().get("best") or {}
        best = as_record(recorded, Best, str(self.folder.manifest))
        return best.epoch if best.value is not None else None

    def _repr_html_(self) -> str:
        """The run in a notebook: its task, layers, scores and curve."""
        trained, history = self.trained, self.history
        layers = " → ".join(
            f"{layer.name} {layer.outputs[-1] or ''}" for layer in trained.architecture.layers
        )
        parameters = sum(layer.parameters or 0 for layer in trained.architecture.all_layers)
        losses = {name: history[name].tolist() for name in LOSSES if name in history}
        kind = type(trained.task.dataset)
        dataset = name_of("dataset", kind) if trained.task.dataset is not None else "its data"
        best = f", best epoch {self._best_epoch}" if self._best_epoch else ""
        epochs = counted(len(history), "epoch")
        lines = [
            f"<b>{html.escape(visible(self.path.name))}</b>: {html.escape(trained.task.kind())}"
            f" on {html.escape(visible(dataset))}",
            f"{html.escape(visible(layers))}; {counted(parameters, 'parameter')}",
            f"{epochs} in {history.seconds.sum():,.1f} s{best}",
        ]
        scores = self.metrics.to_html(index=False, na_rep="", float_format="{:.4f}".format)
        return f"<div><p>{'<br>'.join(lines)}</p>{scores}{svg_curves(losses)}</div>"
