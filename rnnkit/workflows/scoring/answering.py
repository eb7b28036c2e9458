"""Answers a chunk of queries, in this process or in another one that opens the run."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

from rnnkit.data.formats.format import Record
from rnnkit.errors import at
from rnnkit.progress import log
from rnnkit.run import RunFolder
from rnnkit.storage import write_bytes
from rnnkit.tasks.answers import forecast_each, forecast_records_of
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.tasks.predictor import Predictor
from rnnkit.workflows.code import import_file
from rnnkit.workflows.engines import use_engine
from rnnkit.workflows.scoring.answer_cache import Answers, encode_answers
from rnnkit.workflows.trained import load_trained

PROBABILITY_DIGITS = 6

Remark = tuple[int, str]
"""The level and the text of a logged message."""


def answers_to(predictor: Predictor, queries: Sequence[object]) -> Answers:
    """The records of the answers to some queries.

    Raises:
        RnnkitError: If a query cannot be answered.
    """
    if isinstance(predictor, Forecasts):
        steps = predictor.steps_ahead(None)
        forecasts = [forecast_each(predictor, query, steps) for query in queries]
        return [forecast_records_of(predictor, forecast) for forecast in forecasts]
    names = predictor.probability_columns
    answers: Answers = []
    for query, answer in zip(queries, predictor.predict(queries), strict=True):
        if answer is None:
            answers.append(None)
            continue
        records = predictor.records(query, answer)
        answers.append([_rounded(record, names) for record in records])
    return answers


def _rounded(record: Record, names: Sequence[str]) -> Record:
    return record | {name: round(record[name], PROBABILITY_DIGITS) for name in names}


def pack_queries(queries: Sequence[object]) -> bytes | None:
    """Queries as bytes for another process; None if they cannot be pickled.

    Each query is pickled separately, so that equal queries have equal bytes whether or not they
    share objects.
    """
    try:
        return pickle.dumps([pickle.dumps(query) for query in queries])
    except (pickle.PicklingError, AttributeError, TypeError):
        return None


def make_answerer(run: str, engine: str, code: Sequence[str]) -> Callable[[bytes], bytes]:
    """Opens a run, in another process.

    Args:
        run: The run folder.
        engine: The engine that computes the answers.
        code: The files of the user's own components.

    Returns:
        A function from a request of `pack_request` to a reply for `unpack_reply`.
    """
    for file in code:
        import_file(file)
    with use_engine(engine):
        predictor = load_trained(RunFolder(Path(run))).predictor
    remarks: list[Remark] = []
    handler = logging.Handler()
    handler.emit = lambda record: remarks.append((record.levelno, record.getMessage()))  # type: ignore[method-assign]
    log.addHandler(handler)
    log.setLevel(logging.INFO)

    def answer(request: bytes) -> bytes:
        remarks.clear()
        content, path = pickle.loads(request)
        queries = [pickle.loads(query) for query in pickle.loads(content)]
        with at("--input"):
            answers = answers_to(predictor, queries)
        if path is not None and (encoded := encode_answers(answers)):
            write_bytes(path, encoded)
        return pickle.dumps((answers, remarks))

    return answer


def pack_request(content: bytes, path: Path | None) -> bytes:
    """A request to another process.

    Args:
        content: The result of `pack_queries`.
        path: The file in which it stores its answers; None to store none.
    """
    return pickle.dumps((content, path))


def unpack_reply(reply: bytes) -> tuple[Answers, list[Remark]]:
    """The answers of another process, and what it logged."""
    answers, remarks = pickle.loads(reply)
    return answers, remarks
