"""The thread that computes a run's answers: what waits is computed together, texts and streams in
turn.
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


Queries = list[object]


class Question(Job[T]):
    """Queries that a predictor answers, together with those of others.

    Args:
        read: Gives the queries.
        tell: What the queries and their answers come to.
    """

    def __init__(self, read: Callable[[], Queries], tell: Callable[[Queries, Queries], T]):
        super().__init__(lambda: tell(self.queries, self.answers))
        self.read = read
        self.queries: Queries = []
        self.answers: Queries = []
        self.is_read = self.is_over = False

    def unanswered(self) -> Queries:
        """The queries without an answer; they are read when they are first needed."""
        if not self.is_read:
            self.is_read = True
            try:
                self.queries = self.read()
            except Exception as error:
                self.end(error)
        return self.queries[len(self.answers) :]

    def take(self, answers: Queries | Exception) -> None:
        """Further answers; the last ones end it."""
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
        limits: The limits of what waits, and of what is computed at once.
    """

    def __init__(self, served: Served, limits: Limits):
        self.served, self.decoder = served, Decoder()
        self.batches = [0, 0]  # how many, and the texts in them
        self._limits = limits
        self._jobs: deque[Job[Any]] = deque()
        self._questions: deque[Question[Any]] = deque()
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

    async def answer(self, read: Callable[[], Queries], tell: Callable[[Queries, Queries], T]) -> T:
        """What the predictor's answers to queries come to; arguments as in `Question`.

        Raises:
            Exceeded: If too many wait.
        """
        question = Question(read, tell)
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
            got = f"{counted(self.waiting, 'request waits', 'requests wait')} already"
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
        taken: list[tuple[Question[Any], Queries]] = []
        room = self._limits.batch
        for question in list(self._questions):
            if not room:
                break
            if not question.is_left and (queries := question.unanswered()[:room]):
                taken.append((question, queries))
                room -= len(queries)
        if taken:
            self.batches[0] += 1
            self.batches[1] += self._limits.batch - room
            each = answered(self.served.predictor, [queries for _, queries in taken])
            for (question, _), answers in zip(taken, each, strict=True):
                question.take(answers)
        for question in list(self._questions):
            if question.is_left or question.is_over:
                self._questions.remove(question)


def answered(predictor: Predictor, queries: Sequence[Queries]) -> list[Queries | Exception]:
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
