"""Answers files in order, in one process or several, and continues a call that was stopped."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from rnnkit.data.formats.format import Format, Writer
from rnnkit.data.formats.output import remove_abandoned
from rnnkit.errors import USER_MISTAKE, RnnkitError, at
from rnnkit.platform.disk import write_error
from rnnkit.progress import Progress, log
from rnnkit.quantities import counted
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.workflows.answer_files import require_reads
from rnnkit.workflows.outputs import STANDARD
from rnnkit.workflows.scoring.answer_cache import AnswerCache
from rnnkit.workflows.scoring.answer_pool import Answering, AnswerPool
from rnnkit.workflows.scoring.chunks import Chunk, chunks_of
from rnnkit.workflows.scoring.identity import identity_of
from rnnkit.workflows.scoring.inputs import find_inputs, names_several
from rnnkit.workflows.scoring.output_rows import OutputRows
from rnnkit.workflows.scoring.targets import (
    Target,
    folder_targets,
    is_folder,
    make_folder,
    single_target,
)
from rnnkit.workflows.scoring.written_outputs import WrittenOutputs
from rnnkit.workflows.trained import Trained

MIN_SECONDS = 10.0
"""Answers of a call that failed sooner, because of a mistake in the files, are not kept."""

AnsweredChunk = tuple[Chunk, Answering]


def score(
    trained: Trained,
    sources: Sequence[str],
    output: str,
    *,
    column: str | None = None,
    overwrite: bool = False,
    jobs: int = 1,
) -> tuple[int, int]:
    """Answers every record of files.

    Args:
        trained: The run.
        sources: Files, folders or patterns; "-" for standard input.
        output: A file, or a folder with a file of answers for each; "-" for standard output.
        column: The column of the query; None for the one that the run was trained on.
        overwrite: Whether existing files may be replaced.
        jobs: The number of processes.

    Returns:
        The number of answered records and of files, with those of a stopped call that this one
        continues.

    Raises:
        RnnkitError: If a file cannot be read, a record is malformed, or an output exists already or
            cannot be written.
    """
    if not isinstance(trained.predictor, Forecasts):
        require_reads(trained)
    several = names_several(sources)
    if column is not None and not trained.predictor.input_columns:
        got = f"{trained.run}: a {trained.task.kind()} run whose records have no columns"
        raise RnnkitError("--column", got, "Expected a run that answers a table", "Remove it")
    if several and output == STANDARD:
        got = "standard output, for the answers to several files"
        raise RnnkitError("--output", got, "Expected a file or a folder")
    cache = None
    if STANDARD not in (output, *sources):
        cache = AnswerCache(Path(output), partial(identity_of, trained, column))
    with contextlib.closing(cache) if cache else contextlib.nullcontext():
        if cache is not None:
            cache.open(anew=overwrite)
        written = WrittenOutputs(cache.folder) if cache and cache.is_continued else None
        is_known = written.is_known if written else lambda path: False
        inputs = find_inputs(trained, sources, is_known)
        if several and is_folder(output):
            targets = folder_targets(trained.predictor, inputs, Path(output), overwrite, is_known)
            make_folder(Path(output))
        else:
            targets = [single_target(trained.predictor, inputs, output, overwrite, is_known)]
        scoring = _Scoring(trained, cache, jobs=jobs, several=several)
        return scoring.write(targets, column), len(inputs)


class _Scoring:
    """A call that answers files.

    Args:
        trained: The run.
        cache: Stores answers until all are written; None to store none.
        jobs: The number of processes.
        several: Whether there may be several files.
    """

    def __init__(self, trained: Trained, cache: AnswerCache | None, *, jobs: int, several: bool):
        self._trained, self._cache, self._several = trained, cache, several
        self._pool = AnswerPool(trained, jobs, cache, stores_all=several)
        self._progress = Progress("rows")

    def write(self, targets: Sequence[Target], column: str | None) -> int:
        """Writes the outputs; returns the number of answered rows."""
        started = time.monotonic()
        try:
            total = self._write_missing(targets, column)
        except BaseException as error:
            self._stop(error, time.monotonic() - started)
            raise
        if self._cache is not None and self._cache.is_begun:
            self._cache.drop()
        return total

    def _write_missing(self, targets: Sequence[Target], column: str | None) -> int:
        """Writes the outputs that an earlier call has not written."""
        left, total = list(targets), 0
        if self._cache is not None and self._cache.is_continued:
            earlier = WrittenOutputs(self._cache.folder)
            done = {target.path: earlier.rows(target) for target in targets}
            left = [target for target in targets if done[target.path] is None]
            total = sum(rows or 0 for rows in done.values())
            if len(left) < len(targets):
                log.info(
                    f"{len(targets) - len(left):,} of {counted(len(targets), 'file')} there already"
                )
        for target in left if self._cache is not None and self._cache.is_left else ():
            assert target.path is not None
            remove_abandoned(target.path)
        with (
            self._pool,
            contextlib.closing(chunks_of(self._trained, left, column)) as chunks,
        ):
            answered = self._pool.answered(chunks)
            for target, group in itertools.groupby(answered, lambda pair: pair[0].target):
                total += self._write(target, group)
        return total

    def _write(self, target: Target, answered: Iterable[AnsweredChunk]) -> int:
        """Writes one output, which is complete or absent; returns the number of answered rows."""
        rows = OutputRows(self._trained.predictor)
        with _writing(target.writer, target.path) as file:
            is_cached = target.path is not None and self._cache and self._cache.is_begun
            written = WrittenOutputs(self._cache.folder) if is_cached and self._cache else None
            if written:
                written.opened(target)
            for chunk, answers in answered:
                file.write(list(rows.records(chunk, answers())))
                self._progress.advance(len(chunk.queries), chunk.share)
            rows.report()
            if written:  # before the file has its name, so that a kill in between loses nothing
                written.counted(target, rows.answered)
        return rows.answered

    def _stop(self, error: BaseException, seconds: float) -> None:
        """Logs where the answers of a stopped call are, or drops them if they are few."""
        if self._cache is None or not self._cache.is_begun or not self._cache.holds_any:
            return
        is_mistake = isinstance(error, RnnkitError) and error.exit_code == USER_MISTAKE
        is_new = not self._several and not self._cache.is_continued
        if is_mistake and is_new and seconds < MIN_SECONDS:
            self._cache.drop()
        else:
            log.info(f"the answers so far are in {self._cache.folder}: the same call continues")


@contextlib.contextmanager
def _writing(output_format: Format, path: Path | None) -> Iterator[Writer]:
    """Opens an output for writing; a failure is an error of --output."""
    try:
        with contextlib.ExitStack() as stack:
            with at("--output"):
                file = stack.enter_context(output_format.writer(path))
            yield file
    except OSError as error:
        if path is None:
            raise
        raise write_error(f"--output: {path}", error) from None
