"""The audit of data in Python: problems, the rows that have them, and what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from typing_extensions import Unpack

from rnnkit.api.arguments import Pathlike, checked
from rnnkit.api.data_arguments import DataArguments
from rnnkit.api.memory_data import with_memory_data
from rnnkit.audit.audit import Audit
from rnnkit.audit.finding import Finding
from rnnkit.progress import quiet_stderr, to_stderr
from rnnkit.workflows.inspect import data as workflow

if TYPE_CHECKING:
    import pandas as pd


class DataAudit(Sequence[Finding]):
    """The findings of an audit, the most severe first.

    Args:
        audited: The findings and measures.
        title: The name of the data.

    Examples:
        >>> [finding.kind for finding in rk.inspect_data("fable")]
        ['tokens_seen_once', 'few_rows', 'nothing_held_out']
    """

    def __init__(self, audited: Audit, title: str):
        self._audited, self._title = audited, title

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        return self._audited.findings[index]

    def __len__(self) -> int:
        return len(self._audited.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._audited.findings)

    def __repr__(self) -> str:
        return f"<{self.verdict}>"

    def _repr_html_(self) -> str:
        return f"<p>{self.verdict}</p>{self.frame().drop(columns='rows').to_html(index=False)}"

    @property
    def verdict(self) -> str:
        """The audit in one sentence.

        Examples:
            >>> rk.inspect_data("fable").verdict
            'Nothing worth acting on; 3 remarks.'
        """
        return self._audited.verdict

    def frame(self) -> pd.DataFrame:
        """The findings as a table.

        Returns:
            `severity` ("high", "medium", "low"), `kind`, `part`, the problem in words (`what`), the
            `cure`, `count`, and `rows`: a list of places, such as "reviews.csv: row 17".

        Examples:
            >>> rk.inspect_data("fable").frame().severity.unique().tolist()
            ['low']
        """
        import pandas as pd

        names = ["severity", "kind", "part", "what", "cure", "count", "rows"]
        rows = [[getattr(finding, name) for name in names[:-1]] for finding in self]
        frame = pd.DataFrame(rows, columns=names[:-1])
        frame["rows"] = [list(finding.rows) for finding in self]
        return frame

    def facts(self) -> pd.DataFrame:
        """The measures, a column for each part: rows, lengths, the share of known tokens.

        Examples:
            >>> int(rk.inspect_data("fable").facts().loc["tokens", "train"])
            203
        """
        import pandas as pd

        return pd.DataFrame(dict(self._audited.facts))

    @checked
    def plot(self, output: Pathlike, *, overwrite: bool = False) -> Path:
        """Draws lengths and labels, or series.

        Args:
            output: A .png file.
            overwrite: Whether it may be replaced.

        Returns:
            The file.

        Examples:
            >>> rk.inspect_data("fable").plot("audit.png").name
            'audit.png'

        Raises:
            RnnkitError: If there is nothing to draw, or the file exists already.
        """
        path = os.fspath(output)
        workflow.write_picture(path, self._audited, self._title, "output", overwrite=overwrite)
        return Path(path)


@checked
def inspect_data(
    config: Pathlike | Mapping[str, Any],
    *overrides: str | Mapping[str, Any],
    data: object = None,
    **columns: Unpack[DataArguments],
) -> DataAudit:
    """Looks for problems in data before a training: repetitions within and across parts, labels
    that contradict each other or are probably wrong, leaks of the target, loss by truncation,
    out-of-vocabulary words; in series, jumps of scale, stuck values, gaps, and the future among
    the features. Each finding names its rows and what to do.

    Args:
        config: A path, the name of a shipped config or of a run, or the config itself as a mapping.
        overrides: Assignments such as "data.max_length=200".
        data: Data in memory, as in `rnnkit.train`.
        columns: How the data are read, see `DataArguments`.

    Examples:
        >>> texts = [f"{word} film number {n}" for n in range(40) for word in ("fine", "dull")]
        >>> config = {"task": "classification", "model": {"layers": [{"gru": 4}]}}
        >>> rk.inspect_data(config, data=(texts, ["good", "bad"] * 40))[0].kind
        'telling_token'

    Raises:
        RnnkitError: If an argument is wrong, or the data cannot be read.
    """
    to_stderr()
    named = config if isinstance(config, Mapping) else os.fspath(config)
    with (
        with_memory_data(named, overrides, data, columns, "inspect_data") as (assignments, _),
        quiet_stderr(True),
    ):
        audited = workflow.audit(named, assignments)
    title = "data" if isinstance(config, Mapping) else Path(config).stem
    return DataAudit(audited, title)
