"""The thread that computes a run's answers: what waits is computed together, texts and streams in
turn.
"""

from __future__ import annotations

import asyncio
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from rnnkit.errors import RnnkitError
from rnnkit.serve.cohorts import Decoder
from rnnkit.serve.decoding import Decoding
from rnnkit.serve.limits import Exceeded, Limits
from rnnkit.serve.remarks import for_a_request
from rnnkit.serve.served import Served
from rnnkit.tasks.predictor import Predictor

T = TypeVar("T")


class Job(Generic[T]):
    """Work for the thread, and who waits for it.

    Args:
        work: What is done.
    """

    def __init__(self, work: Callable[[], T]):
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()
        self._work = work

    @property
    def is_left(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.future.cancelled()

    def do(self) -> None:
        """Does it, in the thread."""
        try:
            answer = self._work()
        except Exception as error:
            self.end(error)
        else:
            self.end(answer)

    def end(self, answer: T | Exception) -> None:
        """Hands over what it comes to."""
        if not isinstance(answer, RnnkitError) and isinstance(answer, Exception):
            traceback.print_exception(answer)
        _later(self.loop, _settle, self.future, answer)


class Question(Job[list[object]]):
    """Queries that a predictor answers, together with those of others.

    Args:
        queries: What is asked.
    """

    def __init__(self, queries: Sequence[object]):
        super().__init__(list)
        self.queries = queries
        self.asked = 0
        self.answers: list[object] = []


class Worker:
    """The thread of a run.

    Args:
        served: The run.
        limits: Of what waits, and of what is computed at once.
    """

    def __init__(self, served: Served, limits: Limits):
        self.served, self.decoder = served, Decoder()
        self.batches = [0, 0]  # how many, and the texts in them
        self._limits = limits
        self._jobs: deque[Job[Any]] = deque()
        self._questions: deque[Question] = deque()
        self._wakes = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name=f"rnnkit {served.name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many requests wait or are computed."""
        return len(self._jobs) + len(self._questions) + len(self.decoder)

    def stop(self) -> None:
        """Ends the thread when what it computes is done."""
        with self._wakes:
            self._is_over = True
            self._wakes.notify()

    async def do(self, work: Callable[[], T]) -> T:
        """What a function gives that is called in the thread, whose errors name fields.

        Raises:
            Exceeded: If too many wait.
        """
        job = Job(work)
        self._put(self._jobs, job)
        return await job.future

    async def answers(self, queries: Sequence[object]) -> list[object]:
        """The predictor's answers to queries.

        Raises:
            Exceeded: If too many wait.
        """
        question = Question(queries)
        self._put(self._questions, question)
        return await question.future

    def decode(self, decoding: Decoding) -> None:
        """Decodes a continuation.

        Raises:
            Exceeded: If too many wait.
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
            got = f"{self.waiting:,} requests wait already"
            raise Exceeded("queue", "", got, "Expected fewer at the same time")

    def _run(self) -> None:
        while not self._is_over:
            with self._wakes:
                while not (self._is_over or self._jobs or self._questions or len(self.decoder)):
                    self._wakes.wait()
            if self._jobs:
                job = self._jobs[0]  # it counts while it is done
                if not job.is_left:
                    job.do()
                self._jobs.popleft()
            if self._questions:
                self._answer()
            self.decoder.step()

    def _answer(self) -> None:
        """Answers some of the queries that wait, those of several questions together."""
        if self._limits.wait_ms and not len(self.decoder):
            self._wait_for_others()
        taken: list[tuple[Question, Sequence[object]]] = []
        room = self._limits.batch
        for question in list(self._questions):
            if question.is_left or not room:
                continue
            queries = question.queries[question.asked : question.asked + room]
            taken.append((question, queries))
            room -= len(queries)
        self.batches[0] += 1
        self.batches[1] += self._limits.batch - room
        for (question, queries), answers in zip(
            taken, answered(self.served.predictor, [queries for _, queries in taken]), strict=True
        ):
            question.asked += len(queries)
            if isinstance(answers, Exception):
                question.end(answers)
                question.asked = len(question.queries)
                continue
            question.answers += answers
            if question.asked == len(question.queries):
                question.end(question.answers)
        for question in list(self._questions):
            if question.is_left or question.asked == len(question.queries):
                self._questions.remove(question)

    def _wait_for_others(self) -> None:
        end = time.monotonic() + self._limits.wait_ms / 1000
        with self._wakes:
            while sum(len(one.queries) for one in self._questions) < self._limits.batch:
                left = end - time.monotonic()
                if left <= 0 or self._is_over:
                    return
                self._wakes.wait(left)


def answered(
    predictor: Predictor, queries: Sequence[Sequence[object]]
) -> list[list[object] | Exception]:
    """The answers to each of several lists of queries, which are computed together; what cannot be
    answered has no say in the others' answers.
    """
    try:
        with for_a_request():
            answers = iter(predictor.predict([query for one in queries for query in one]))
            return [[next(answers) for _ in one] for one in queries]
    except Exception as error:
        if len(queries) < 2:
            return [error for _ in queries]
    return [answered(predictor, [one])[0] for one in queries]


def _settle(future: asyncio.Future[T], answer: T | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _later(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: object) -> None:
    """Calls something in the loop, where it still runs."""
    try:
        loop.call_soon_threadsafe(call, *arguments)
    except RuntimeError:
        if not loop.is_closed():
            raise
