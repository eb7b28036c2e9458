"""The processes that compute answers: this one, or several others that each open the run once."""

from __future__ import annotations

import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NoReturn, Self

from rnnkit.errors import at
from rnnkit.kernels.library import threads
from rnnkit.progress import log
from rnnkit.worker_process import Worker
from rnnkit.workflows.code import own_files
from rnnkit.workflows.engines import chosen_engine
from rnnkit.workflows.scoring.answering import answered, answerer, answers_to, packed, question
from rnnkit.workflows.scoring.chunks import Chunk, Chunks
from rnnkit.workflows.scoring.kept_answers import Answers, KeptAnswers, name_of
from rnnkit.workflows.trained import Trained

Answering = Callable[[], Answers]

AHEAD = 2
"""Chunks in memory for each process: one that it answers, and one that waits."""

OF_LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
"""The variables by which libraries are told how many threads they may take."""


class AnswerPool:
    """Answers chunks, in their order.

    Args:
        trained: The run.
        jobs: How many processes answer; 1 for this one alone.
        kept: Keeps answers until all are computed; None if they are not kept.
        keeps_all: Whether chunks after which nothing follows are kept too.
    """

    def __init__(self, trained: Trained, jobs: int, kept: KeptAnswers | None, *, keeps_all: bool):
        self._trained, self._jobs, self._kept = trained, jobs, kept
        self._keeps_all = keeps_all
        self._pool = ThreadPoolExecutor(jobs) if jobs > 1 else None
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        self._workers: list[Worker] = []
        self._remarks: set[str] = set()
        self._gone = 0
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        for worker in self._workers:
            worker.close()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def answered(self, chunks: Chunks) -> Iterator[tuple[Chunk, Answering]]:
        """Each chunk with what gives its answers, or raises what is wrong with it: in their order,
        whatever is read and computed ahead.
        """
        waiting: deque[tuple[Chunk, Answering]] = deque()
        room = self._jobs * AHEAD if self._pool else 1
        while True:
            with at("--input"):
                chunk = next(chunks, None)
            if chunk is None:
                break
            waiting.append((chunk, self._answering(chunk)))
            if len(waiting) == room:
                yield waiting.popleft()
        yield from waiting

    def _answering(self, chunk: Chunk) -> Answering:
        """What gives the answers to a chunk, which others may be computing already."""
        if chunk.wrong is not None:
            return partial(_raise, chunk.wrong)
        path = None
        is_kept = self._kept is not None and (chunk.is_full or self._keeps_all)
        content = packed(chunk.queries) if is_kept or self._pool else None
        if content is not None and self._kept is not None and is_kept:
            name = name_of(chunk.path, chunk.number)
            if (found := self._kept.answers(name, content, chunk.source)) is not None:
                return lambda: found
            path = self._kept.path(name, content)
        if self._pool is None or content is None:
            return lambda: self._own(chunk, path)
        asked = self._pool.submit(self._ask, question(content, path))
        return lambda: self._of_others(asked, chunk, path)

    def _own(self, chunk: Chunk, path: Path | None) -> Answers:
        """The answers of this process, kept."""
        with at("--input"):
            answers = answers_to(self._trained.predictor, chunk.queries)
        if path is not None and self._kept is not None:
            self._kept.put(path, answers)
        return answers

    def _of_others(self, asked: Future[bytes | None], chunk: Chunk, path: Path | None) -> Answers:
        """The answers of another process; of this one, which says what is wrong, where that one
        failed.
        """
        reply = asked.result()
        if reply is None:
            if self._gone:
                self._say_once(logging.WARNING, "a process that answers is gone: this one does")
            return self._own(chunk, path)
        answers, remarks = answered(reply)
        for level, remark in remarks:
            self._say_once(level, remark)
        return answers

    def _say_once(self, level: int, remark: str) -> None:
        if remark not in self._remarks:
            self._remarks.add(remark)
            log.log(level, remark)

    def _ask(self, asked: bytes) -> bytes | None:
        """What the next process answers that has nothing to do; None if it failed."""
        worker = self._next()
        if worker is None:
            return None
        reply = worker.ask(asked)
        if worker.is_gone:
            self._gone += 1
        else:
            self._idle.put(worker)
        return reply

    def _next(self) -> Worker | None:
        """A process that has nothing to do, or a new one; there are no more calls at a time than
        processes may be.
        """
        with contextlib.suppress(Empty):
            return self._idle.get_nowait()
        if (
            self._is_over or len(self._workers) == self._jobs
        ):  # those that are gone are not replaced
            return None
        share = str(max(1, threads() // self._jobs))
        settings = {name: os.environ.get(name, share) for name in OF_LIBRARIES}
        settings["RNNKIT_THREADS"] = share
        inputs = {
            "run": str(self._trained.run.path.resolve()),
            "engine": chosen_engine(),
            "code": own_files(),
        }
        try:
            worker = Worker(answerer, inputs, settings)
        except OSError:
            return None
        self._workers.append(worker)
        if self._is_over:  # meanwhile
            worker.close()
        return worker


def _raise(wrong: Exception) -> NoReturn:
    with at("--input"):
        raise wrong
