"""Computes answers in this process, or in several others that each open the run once."""

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
from rnnkit.workflows.code import user_files
from rnnkit.workflows.engines import chosen_engine
from rnnkit.workflows.scoring.answer_cache import AnswerCache, Answers, chunk_name
from rnnkit.workflows.scoring.answering import (
    answers_to,
    make_answerer,
    pack_queries,
    pack_request,
    unpack_reply,
)
from rnnkit.workflows.scoring.chunks import Chunk, Chunks
from rnnkit.workflows.trained import Trained

Answering = Callable[[], Answers]

AHEAD = 2
"""The chunks in memory for each process: one in progress, and one that waits."""

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
"""The environment variables that limit the threads of libraries."""


class AnswerPool:
    """Answers chunks in order.

    Args:
        trained: The run.
        jobs: The number of processes; 1 for this one alone.
        cache: Stores answers until all are written; None to store none.
        stores_all: Whether to store also the last chunk of a file.
    """

    def __init__(self, trained: Trained, jobs: int, cache: AnswerCache | None, *, stores_all: bool):
        self._trained, self._jobs, self._cache = trained, jobs, cache
        self._stores_all = stores_all
        self._pool = ThreadPoolExecutor(jobs) if jobs > 1 else None
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        self._workers: list[Worker] = []
        self._remarks: set[str] = set()
        self._lost = 0
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
        """The chunks in order, each with a function that returns its answers, or raises its error;
        further chunks are read and answered ahead.
        """
        waiting: deque[tuple[Chunk, Answering]] = deque()
        capacity = self._jobs * AHEAD if self._pool else 1
        while True:
            with at("--input"):
                chunk = next(chunks, None)
            if chunk is None:
                break
            waiting.append((chunk, self._answering(chunk)))
            if len(waiting) == capacity:
                yield waiting.popleft()
        yield from waiting

    def _answering(self, chunk: Chunk) -> Answering:
        """A function that returns the answers to a chunk, which may be in progress already."""
        if chunk.error is not None:
            return partial(_raise, chunk.error)
        path = None
        is_stored = self._cache is not None and (chunk.is_full or self._stores_all)
        content = pack_queries(chunk.queries) if is_stored or self._pool else None
        if content is not None and self._cache is not None and is_stored:
            name = chunk_name(chunk.path, chunk.number)
            if (stored := self._cache.answers(name, content, chunk.source)) is not None:
                return lambda: stored
            path = self._cache.path(name, content)
        if self._pool is None or content is None:
            return lambda: self._answer_here(chunk, path)
        reply = self._pool.submit(self._ask, pack_request(content, path))
        return lambda: self._receive(reply, chunk, path)

    def _answer_here(self, chunk: Chunk, path: Path | None) -> Answers:
        """Answers a chunk in this process, and stores the answers."""
        with at("--input"):
            answers = answers_to(self._trained.predictor, chunk.queries)
        if path is not None and self._cache is not None:
            self._cache.put(path, answers)
        return answers

    def _receive(self, future: Future[bytes | None], chunk: Chunk, path: Path | None) -> Answers:
        """The answers of another process; if it failed, of this one, which raises the error."""
        reply = future.result()
        if reply is None:
            if self._lost:
                self._log_once(logging.WARNING, "a process that answers is gone: this one does")
            return self._answer_here(chunk, path)
        answers, remarks = unpack_reply(reply)
        for level, remark in remarks:
            self._log_once(level, remark)
        return answers

    def _log_once(self, level: int, remark: str) -> None:
        if remark not in self._remarks:
            self._remarks.add(remark)
            log.log(level, remark)

    def _ask(self, request: bytes) -> bytes | None:
        """The reply of an idle process; None if it failed."""
        worker = self._idle_worker()
        if worker is None:
            return None
        reply = worker.ask(request)
        if worker.is_gone:
            self._lost += 1
        else:
            self._idle.put(worker)
        return reply

    def _idle_worker(self) -> Worker | None:
        """An idle process, or a new one; None if it cannot be started, or all are lost."""
        with contextlib.suppress(Empty):
            return self._idle.get_nowait()
        if self._is_over or len(self._workers) == self._jobs:  # a lost process is not replaced
            return None
        share = str(max(1, threads() // self._jobs))
        settings = {name: os.environ.get(name, share) for name in THREAD_VARIABLES}
        settings["RNNKIT_THREADS"] = share
        inputs = {
            "run": str(self._trained.run.path.resolve()),
            "engine": chosen_engine(),
            "code": user_files(),
        }
        try:
            worker = Worker(make_answerer, inputs, settings)
        except OSError:
            return None
        self._workers.append(worker)
        if self._is_over:  # meanwhile
            worker.close()
        return worker


def _raise(error: Exception) -> NoReturn:
    with at("--input"):
        raise error
