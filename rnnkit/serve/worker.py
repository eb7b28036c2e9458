"""The thread that computes a run's answers: waiting queries are answered in one batch, in turn with
decoding.
"""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.serve.cohorts import Decoder
from rnnkit.serve.decoding import Decoding
from rnnkit.serve.limits import Exceeded, Limits
from rnnkit.serve.remarks import request_remarks
from rnnkit.serve.served_runs import ServedRun
from rnnkit.tasks.predictor import Predictor

T = TypeVar("T")


class Job(Generic[T]):
    """A function call in the thread, and the future of its result.

    Args:
        work: The function.
    """

    def __init__(self, work: Callable[[], T]):
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()
        self._work = work

    @property
    def is_cancelled(self) -> bool:
        """Whether the request no longer waits."""
        return self.future.cancelled()

    def do(self) -> None:
        """Calls the function; called in the thread."""
        try:
            answer = self._work()
        except Exception as error:
            self.end(error)
        else:
            self.end(answer)

    def end(self, answer: T | Exception) -> None:
        """Passes the result, or the error, to the waiting request."""
        if not isinstance(answer, RnnkitError) and isinstance(answer, Exception):
            traceback.print_exception(answer)
        _later(self.loop, _settle, self.future, answer)


Queries = list[object]


class PredictionJob(Job[T]):
    """Queries of one request, which are answered in one batch with those of others.

    Args:
        read: Returns the queries.
        finish: Turns the queries and their answers into the result.
    """

    def __init__(self, read: Callable[[], Queries], finish: Callable[[Queries, Queries], T]):
        super().__init__(lambda: finish(self.queries, self.answers))
        self.read = read
        self.queries: Queries = []
        self.answers: Queries = []
        self.is_read = self.is_over = False

    def unanswered(self) -> Queries:
        """The queries without an answer; they are read at the first call."""
        if not self.is_read:
            self.is_read = True
            try:
                self.queries = self.read()
            except Exception as error:
                self.end(error)
        return self.queries[len(self.answers) :]

    def add_answers(self, answers: Queries | Exception) -> None:
        """Adds answers; the last ones complete the job."""
        if isinstance(answers, Exception):
            self.end(answers)
            return
        self.answers += answers
        if len(self.answers) == len(self.queries):
            self.do()

    def end(self, answer: T | Exception) -> None:
        self.is_over = True
        super().end(answer)


class Worker:
    """The thread of a run.

    Args:
        served: The run.
        limits: The limits on waiting requests and on the size of a batch.
    """

    def __init__(self, served: ServedRun, limits: Limits):
        self.served, self.decoder = served, Decoder()
        self.batches = [0, 0]  # the number of batches, and of texts in them
        self._limits = limits
        self._jobs: deque[Job[Any]] = deque()
        self._predictions: deque[PredictionJob[Any]] = deque()
        self._wakes = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name=f"rnnkit {served.name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """The number of requests that wait or are computed."""
        return len(self._jobs) + len(self._predictions) + len(self.decoder)

    def stop(self) -> None:
        """Ends the thread after its current computation."""
        with self._wakes:
            self._is_over = True
            self._wakes.notify()

    async def do(self, work: Callable[[], T]) -> T:
        """Calls a function in the thread.

        Args:
            work: The function.

        Returns:
            Its result.

        Raises:
            Exceeded: If too many requests wait.
        """
        job = Job(work)
        self._put(self._jobs, job)
        return await job.future

    async def answer(
        self, read: Callable[[], Queries], finish: Callable[[Queries, Queries], T]
    ) -> T:
        """Answers queries in the thread; arguments as in `PredictionJob`.

        Raises:
            Exceeded: If too many requests wait.
        """
        job = PredictionJob(read, finish)
        self._put(self._predictions, job)
        return await job.future

    def decode(self, decoding: Decoding) -> None:
        """Decodes a continuation.

        Raises:
            Exceeded: If too many requests wait.
        """
        self._require_room()
        with self._wakes:
            self.decoder.add(decoding)
            self._wakes.notify()

    def _put(self, queue: deque[T], item: T) -> None:
        self._require_room()
        with self._wakes:
            queue.append(item)
            self._wakes.notify()

    def _require_room(self) -> None:
        if self.waiting >= self._limits.queue:
            got = f"{counted(self.waiting, 'request waits', 'requests wait')} already"
            raise Exceeded("queue", "", got, "Expected fewer at the same time")

    def _run(self) -> None:
        while not self._is_over:
            with self._wakes:
                while not (self._is_over or self._jobs or self._predictions or len(self.decoder)):
                    self._wakes.wait()
            if self._jobs:
                job = self._jobs[0]  # stays in the queue while it runs, and counts
                if not job.is_cancelled:
                    job.do()
                self._jobs.popleft()
            if self._predictions:
                self._answer()
            self.decoder.step()

    def _answer(self) -> None:
        """Answers a batch of the waiting queries of several requests."""
        batch: list[tuple[PredictionJob[Any], Queries]] = []
        room = self._limits.batch
        for job in list(self._predictions):
            if not room:
                break
            if not job.is_cancelled and (queries := job.unanswered()[:room]):
                batch.append((job, queries))
                room -= len(queries)
        if batch:
            self.batches[0] += 1
            self.batches[1] += self._limits.batch - room
            results = answer_together(self.served.predictor, [queries for _, queries in batch])
            for (job, _), answers in zip(batch, results, strict=True):
                job.add_answers(answers)
        for job in list(self._predictions):
            if job.is_cancelled or job.is_over:
                self._predictions.remove(job)


def answer_together(predictor: Predictor, queries: Sequence[Queries]) -> list[Queries | Exception]:
    """The answers to several lists of queries, computed in one batch; one that cannot be answered
    gets the error, and does not affect the others.
    """
    try:
        with request_remarks():
            answers = iter(predictor.predict([query for request in queries for query in request]))
            return [[next(answers) for _ in request] for request in queries]
    except Exception as error:
        if len(queries) < 2:
            return [error for _ in queries]
    return [answer_together(predictor, [request])[0] for request in queries]


def _settle(future: asyncio.Future[T], answer: T | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _later(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: object) -> None:
    """Schedules a call in the event loop, unless it is closed."""
    try:
        loop.call_soon_threadsafe(call, *arguments)
    except RuntimeError:
        if not loop.is_closed():
            raise
