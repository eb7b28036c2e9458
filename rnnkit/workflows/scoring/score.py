"""Files answered: in parallel processes where these are wanted, in their order, and continued where
a call before was stopped.
"""

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
from rnnkit.workflows.outputs import STANDARD
from rnnkit.workflows.scoring.answer_pool import Answering, AnswerPool
from rnnkit.workflows.scoring.chunks import Chunk, chunks_of
from rnnkit.workflows.scoring.identity import identity_of
from rnnkit.workflows.scoring.inputs import inputs_of, names_several
from rnnkit.workflows.scoring.kept_answers import KeptAnswers
from rnnkit.workflows.scoring.merged import Merged
from rnnkit.workflows.scoring.targets import (
    Target,
    is_folder,
    make_folder,
    one_target,
    targets_in,
)
from rnnkit.workflows.scoring.written_outputs import WrittenOutputs
from rnnkit.workflows.trained import Trained

WORTH_SECONDS = 10.0
"""What failed for a mistake in the files sooner than that is not kept."""

Answered = tuple[Chunk, Answering]


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
        output: A file, or a folder for a file of answers to each; "-" for standard output.
        column: The column of the query; the one that the run was trained on if None.
        overwrite: Whether files may be replaced.
        jobs: How many processes answer.

    Returns:
        How many records were answered, and of how many files; with those of a call before that
        this one continues.

    Raises:
        RnnkitError: If a file cannot be read, a record is malformed, or an output exists already or
            cannot be written.
    """
    several = names_several(sources)
    if column is not None and not trained.predictor.input_columns:
        got = f"{trained.run}: a {trained.task.kind()} run whose records have no columns"
        raise RnnkitError("--column", got, "Expected a run that answers a table", "Remove it")
    if several and output == STANDARD:
        got = "standard output, for the answers to several files"
        raise RnnkitError("--output", got, "Expected a file or a folder")
    kept = None
    if STANDARD not in (output, *sources):
        kept = KeptAnswers(Path(output), partial(identity_of, trained, column))
    with contextlib.closing(kept) if kept else contextlib.nullcontext():
        if kept is not None:
            kept.open(anew=overwrite)
        written = WrittenOutputs(kept.folder) if kept and kept.is_continued else None
        known = written.is_known if written else lambda path: False
        inputs = inputs_of(trained, sources, known)
        if several and is_folder(output):
            targets = targets_in(trained.predictor, inputs, Path(output), overwrite, known)
            make_folder(Path(output))
        else:
            targets = [one_target(trained.predictor, inputs, output, overwrite, known)]
        scoring = _Scoring(trained, kept, jobs=jobs, several=several)
        return scoring.rows(targets, column), len(inputs)


class _Scoring:
    """A call that answers files.

    Args:
        trained: The run.
        kept: Where answers are kept until all are there; None if they are not.
        jobs: How many processes answer.
        several: Whether there may be several files.
    """

    def __init__(self, trained: Trained, kept: KeptAnswers | None, *, jobs: int, several: bool):
        self._trained, self._kept, self._several = trained, kept, several
        self._crew = AnswerPool(trained, jobs, kept, keeps_all=several)
        self._progress = Progress("rows")

    def rows(self, targets: Sequence[Target], column: str | None) -> int:
        """Writes the targets; how many rows are answered."""
        started = time.monotonic()
        try:
            total = self._written(targets, column)
        except BaseException as error:
            self._stop(error, time.monotonic() - started)
            raise
        if self._kept is not None and self._kept.is_begun:
            self._kept.drop()
        return total

    def _written(self, targets: Sequence[Target], column: str | None) -> int:
        """Writes those that a call before has not written."""
        left, total = list(targets), 0
        if self._kept is not None and self._kept.is_continued:
            before = WrittenOutputs(self._kept.folder)
            done = {target.path: before.rows(target) for target in targets}
            left = [target for target in targets if done[target.path] is None]
            total = sum(rows or 0 for rows in done.values())
            if len(left) < len(targets):
                log.info(
                    f"{len(targets) - len(left):,} of {counted(len(targets), 'file')} there already"
                )
        for target in left if self._kept is not None and self._kept.is_left else ():
            assert target.path is not None
            remove_abandoned(target.path)
        with (
            self._crew,
            contextlib.closing(chunks_of(self._trained, left, column)) as chunks,
        ):
            answered = self._crew.answered(chunks)
            for target, of_target in itertools.groupby(answered, lambda one: one[0].target):
                total += self._write(target, of_target)
        return total

    def _write(self, target: Target, answered: Iterable[Answered]) -> int:
        """Writes the answers of one target, which is whole or not there; how many there are."""
        merged = Merged(self._trained.predictor)
        with _writing(target.writer, target.path) as file:
            is_kept = target.path is not None and self._kept is not None and self._kept.is_begun
            written = WrittenOutputs(self._kept.folder) if is_kept and self._kept else None
            if written:
                written.opened(target)
            for chunk, answers in answered:
                file.write(list(merged.records(chunk, answers())))
                self._progress.advance(len(chunk.queries), chunk.share)
            merged.report()
            if written:  # once the file has its name, the rows of a call that was killed are known
                written.counted(target, merged.answered)
        return merged.answered

    def _stop(self, error: BaseException, seconds: float) -> None:
        """Says where the answers are of what was stopped."""
        if self._kept is None or not self._kept.is_begun or not self._kept.holds_any:
            return
        is_mistake = isinstance(error, RnnkitError) and error.exit_code == USER_MISTAKE
        is_new = not self._several and not self._kept.is_continued
        if is_mistake and is_new and seconds < WORTH_SECONDS:
            self._kept.drop()
        else:
            log.info(f"the answers so far are in {self._kept.folder}: the same call continues")


@contextlib.contextmanager
def _writing(kind: Format, path: Path | None) -> Iterator[Writer]:
    """An open file; that it cannot be opened or written is a mistake in --output."""
    try:
        with contextlib.ExitStack() as stack:
            with at("--output"):
                file = stack.enter_context(kind.writer(path))
            yield file
    except OSError as error:
        if path is None:
            raise
        raise write_error(f"--output: {path}", error) from None
