"""The comparison of runs in Python: existing ones, or runs that are trained for it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

from rnnkit.api.arguments import Pathlike, checked, run_name
from rnnkit.api.comparison_arguments import ComparisonArguments, comparison_request
from rnnkit.api.data_arguments import DataArguments
from rnnkit.api.functions import RunName
from rnnkit.api.memory_data import with_memory_data
from rnnkit.api.run import Run
from rnnkit.config.mistakes import shown
from rnnkit.config.overrides import Assignment
from rnnkit.data.memory.data import MemoryData
from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.metrics.scaling import Curve
from rnnkit.names import find_run
from rnnkit.progress import quiet_stderr, to_stderr
from rnnkit.workflows.compare.duel import duel
from rnnkit.workflows.compare.files import targets_of, write_all
from rnnkit.workflows.compare.result import Comparison as _Comparison
from rnnkit.workflows.compare.runs import compare_runs
from rnnkit.workflows.in_memory import require_same_data

if TYPE_CHECKING:
    import pandas as pd


class Comparison:
    """The comparison of runs on the same rows, and the conclusions that it allows.

    Args:
        found: The result of the comparison.
        held: The runs' data in memory, which stay available to them as long as this object lives.

    Examples:
        >>> rk.compare(["fable", twin]).sentences[0]
        'Accuracy on train: fable 99.00 %, twin 99.00 %.'
    """

    def __init__(self, found: _Comparison, held: Sequence[MemoryData] = ()):
        self._found, self._held = found, held

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        paragraphs = "".join(f"<p>{_escaped(line)}</p>" for line in self.sentences)
        return f"{self.frame().to_html(index=False, na_rep='')}{paragraphs}"

    @property
    def sentences(self) -> list[str]:
        """The conclusions that the tests allow, the most important first.

        Examples:
            >>> rk.compare(["fable", twin]).sentences[1].partition(":")[0]
            'fable and twin cannot be told apart on these 20 stretches of 10 tokens'
        """
        return list(self._found.sentences)

    @property
    def curves(self) -> dict[str, Curve]:
        """The learning curve of each config; empty if none was requested.

        Examples:
            >>> rk.compare(["fable", twin]).curves
            {}
        """
        return dict(self._found.curves)

    def frame(self) -> pd.DataFrame:
        """The runs, a row each.

        Returns:
            `name` of the config, `run`, `seed`, `part`, `metric`, `value`, `parameters` and
            `seconds_per_epoch`.

        Examples:
            >>> rk.compare(["fable", twin]).frame().value.tolist()
            [0.99, 0.99]
        """
        import pandas as pd

        return pd.DataFrame(self._found.records())

    def tests(self) -> pd.DataFrame:
        """The tests, a row for each pair of configs.

        Returns:
            `first` and `second`, the `difference` between the second's score and the first's with
            its 95 % interval (`low`, `high`), `p` and `p_corrected` for the number of tests (Holm),
            the name of the `test`, and the `sentence` that it allows.

        Examples:
            >>> rk.compare(["fable", twin]).tests()[["difference", "p"]].values.tolist()
            [[0.0, 1.0]]
        """
        import pandas as pd

        columns = ["first", "second", "metric", "difference", "low", "high", "p", "p_corrected"]
        return pd.DataFrame(self._found.tests(), columns=[*columns, "test", "sentence"])

    @checked
    def save(self, output: Pathlike, *, overwrite: bool = False) -> None:
        """Writes the comparison to a file.

        Args:
            output: A page (.html), a row for each run (.csv), everything (.json) or a picture
                (.png).
            overwrite: Whether the file may be replaced.

        Examples:
            >>> rk.compare(["fable", twin]).save("fables.html")

        Raises:
            RnnkitError: If it cannot be written.
        """
        path = os.fspath(output)
        is_picture = path.lower().endswith(".png")
        names = (None, path) if is_picture else (path, None)
        write_all(self._found, targets_of(*names, overwrite=overwrite))


@checked
def compare(
    names: Iterable[RunName] | Pathlike | Mapping[str, Any],
    *overrides: str | Mapping[str, Any],
    part: str | None = None,
    metric: str | None = None,
    data: object = None,
    verbose: bool = True,
    **arguments: Unpack[ComparisonArguments],
) -> Comparison:
    """Compares runs by a paired test on the same rows: a list of runs, or runs of one config, which
    are trained first if they do not exist yet.

    Args:
        names: A list of runs, by name or folder or as returned by `rnnkit.load_run`; or a config to
            train: its path, its name or a mapping.
        overrides: Assignments to the config, such as "train.epochs=3".
        part: The part on which runs are compared; None for the one that choices were based on.
        metric: The score; None for the one by which runs are judged.
        data: Data in memory, as in `rnnkit.train`: for a config, the data to train on; for runs,
            the data that they were trained on.
        verbose: Whether to show progress; otherwise only warnings.
        arguments: For a config, see `ComparisonArguments`: layers=["lstm", "gru"], random_seeds=5,
            learning_curve=True, device and backend; and how the data are read, see `DataArguments`:
            the columns (text="review", label="stars") and what is held out (validation=0.1).

    Returns:
        The scores, the tests, and the conclusions that these allow. Different seeds of one config
        are one contender.

    Examples:
        >>> found = rk.compare(["fable", twin], metric="perplexity")
        >>> found.frame().metric.unique().tolist()
        ['perplexity']

    Raises:
        RnnkitError: If there is no such run or config, the runs were scored on different rows, or a
            signal stopped a training.
    """
    to_stderr()
    known = ComparisonArguments.__annotations__
    for name in arguments:
        if name not in known:
            raise TypeError(f"compare() got an unexpected keyword argument {name!r}")
    with quiet_stderr(not verbose):
        if not isinstance(names, str | os.PathLike | Mapping):
            if overrides or arguments:
                further = ", ".join(["overrides"] * bool(overrides) + list(arguments))
                got = f"runs, with {further}"
                raise RnnkitError("names", got, "Expected a config, which is trained with them")
            runs = _run_names(names)
            held = (
                [] if data is None else [require_same_data(find_run(name), data) for name in runs]
            )
            return Comparison(compare_runs(runs, part, metric), held)
        if part is not None:
            got, expected = f"{part!r} of a config", "Expected None: test decides, else validation"
            raise RnnkitError("part", got, expected)
        config = names if isinstance(names, Mapping) else os.fspath(names)
        return _duel(config, overrides, data, metric, arguments)


def _duel(
    config: str | Mapping[str, Any],
    overrides: Sequence[Assignment],
    data: object,
    metric: str | None,
    arguments: ComparisonArguments,
) -> Comparison:
    columns = {
        key: value for key, value in arguments.items() if key in DataArguments.__annotations__
    }
    if columns.get("keep_data"):
        expected = "Expected False: each of the runs would keep all data"
        raise RnnkitError("keep_data", "found True", expected)
    with with_memory_data(config, overrides, data, columns) as (overrides, held):
        found = duel(comparison_request(config, overrides, metric, arguments))
    if found.comparison is None:
        got = f"stopped by signal {found.signal}"
        expected = "Expected the same call again, which continues it"
        raise RnnkitError("compare", got, expected, exit_code=RUN_FAILED)
    return Comparison(found.comparison, [held] if held else [])


def _run_names(names: Iterable[RunName]) -> list[str]:
    runs = list(names) if isinstance(names, Iterable) else []
    if not runs or not all(isinstance(run, str | os.PathLike | Run) for run in runs):
        raise RnnkitError("names", f"found {shown(names)}", "Expected a list of runs, or a config")
    return [str(run_name(run)) for run in runs]


def _escaped(line: str) -> str:
    from rnnkit.report.html import text

    return text(line)
