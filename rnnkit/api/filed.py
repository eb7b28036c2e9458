"""What a run answers to the records of files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rnnkit.api.arguments import Pathlike, checked, path_of
from rnnkit.api.opened import OpenedRun
from rnnkit.workflows.engines import answered_by
from rnnkit.workflows.predict import predict_files


class FiledRun(OpenedRun):
    """A run that answers files; arguments as in `OpenedRun`."""

    @checked
    def predict_file(
        self,
        data: Pathlike,
        output: Pathlike,
        *,
        column: str | None = None,
        overwrite: bool = False,
        jobs: int = 1,
    ) -> int:
        """Answers every record of a file of any size; records stream through, in their order. The
        same call after one that was stopped continues it.

        Args:
            data: The path of a file of a kind that the run reads: a table, of a tagger sentences,
                of sequences of numbers .npz.
            output: A file of a kind that the run writes, complete or absent.
            column: The column of the query in a table; the run's own if None.
            overwrite: Whether the file may be replaced.
            jobs: How many processes answer; 1 for this one alone.

        Returns:
            How many records were answered.

        Examples:
            >>> from pathlib import Path
            >>> _ = Path("new.csv").write_text("text\\na wonderful film\\ndull\\n")
            >>> reviews.predict_file("new.csv", "scored.csv")
            2

        Raises:
            RnnkitError: If there is no such file or column, a record is malformed, or the output
                exists already.
        """
        source = path_of(data) or ""
        return self.predict_files(source, output, column=column, overwrite=overwrite, jobs=jobs)

    @checked
    def predict_files(
        self,
        data: Pathlike | Sequence[Pathlike],
        output: Pathlike,
        *,
        column: str | None = None,
        overwrite: bool = False,
        jobs: int = 1,
    ) -> int:
        """Answers every record of several files, in their order; as `predict_file`.

        Args:
            data: A folder, a pattern such as "parts/*.csv", or a list of files, folders and
                patterns.
            output: A folder, for a file of answers to each, or one file for all of them.
            column: The column of the query in a table; the run's own if None.
            overwrite: Whether files may be replaced.
            jobs: How many processes answer; 1 for this one alone.

        Returns:
            How many records were answered.

        Examples:
            >>> from pathlib import Path
            >>> Path("parts").mkdir()
            >>> for name in ("a.csv", "b.csv"):
            ...     _ = Path("parts", name).write_text("text\\na wonderful film\\n")
            >>> reviews.predict_files("parts", "scored_parts")
            2
            >>> sorted(file.name for file in Path("scored_parts").iterdir())
            ['a.csv', 'b.csv']

        Raises:
            RnnkitError: As in `predict_file`; if no file is found, or two would be answered in one.
        """
        sources = [data] if isinstance(data, str | os.PathLike) else data
        with answered_by(self._engine):
            count, _ = predict_files(
                self._name,
                [path_of(source) or "" for source in sources],
                os.fspath(output),
                column=column,
                overwrite=overwrite,
                jobs=jobs,
            )
        return count
