"""A run's answers to the records of files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rnnkit.api.arguments import Pathlike, checked, path_of
from rnnkit.api.opened_run import OpenedRun
from rnnkit.workflows.engines import use_engine
from rnnkit.workflows.predict import predict_files


class FileAnsweringRun(OpenedRun):
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
        """Answers every record of a file of any size, streaming the records in their order. The
        same call continues one that was interrupted.

        Args:
            data: The path of a file in a format that the run reads: a table, for a tagger
                sentences, for sequences of numbers .npz.
            output: A file in a format that the run writes, complete or absent.
            column: The column of the query in a table; None for the run's own.
            overwrite: Whether the file may be replaced.
            jobs: The number of processes that answer; 1 for this one alone.

        Returns:
            The number of records answered.

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
        """Answers every record of several files, in their order, like `predict_file`.

        Args:
            data: A folder, a pattern such as "parts/*.csv", or a list of files, folders and
                patterns.
            output: A folder, with a file of answers for each input, or one file for all of them.
            column: The column of the query in a table; None for the run's own.
            overwrite: Whether files may be replaced.
            jobs: The number of processes that answer; 1 for this one alone.

        Returns:
            The number of records answered.

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
            RnnkitError: As in `predict_file`; also if there are no files, or the answers to two
                would go to the same one.
        """
        sources = [data] if isinstance(data, str | os.PathLike) else data
        with use_engine(self._engine):
            count, _ = predict_files(
                self._name,
                [path_of(source) or "" for source in sources],
                os.fspath(output),
                column=column,
                overwrite=overwrite,
                jobs=jobs,
            )
        return count
