"""What is computed of a chunk of queries, in this process or in another one that opens the run."""

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
from rnnkit.workflows.engines import answered_by
from rnnkit.workflows.scoring.kept_answers import Answers, part_of
from rnnkit.workflows.trained import load_trained

PROBABILITY_DIGITS = 6

Remark = tuple[int, str]
"""What was logged: its level and its text."""


def answers_to(predictor: Predictor, queries: Sequence[object]) -> Answers:
    """What is written of the answers to some queries.

    Raises:
        RnnkitError: If one cannot be answered.
    """
    if isinstance(predictor, Forecasts):
        steps = predictor.steps_ahead(None)
        series = [forecast_each(predictor, one, steps) for one in queries]
        return [forecast_records_of(predictor, one) for one in series]
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


def packed(queries: Sequence[object]) -> bytes | None:
    """Queries for another process, each by itself so that alike ones are alike whatever shares
    them; None if they cannot be sent.
    """
    try:
        return pickle.dumps([pickle.dumps(query) for query in queries])
    except (pickle.PicklingError, AttributeError, TypeError):
        return None


def answerer(run: str, engine: str, code: Sequence[str]) -> Callable[[bytes], bytes]:
    """Opens a run in another process; arguments as in `question`.

    Args:
        run: Its folder.
        engine: What computes its answers.
        code: The files of the user's own components.

    Returns:
        A function from what `question` packs to what `answered` reads.
    """
    for file in code:
        import_file(file)
    with answered_by(engine):
        predictor = load_trained(RunFolder(Path(run))).predictor
    remarks: list[Remark] = []
    handler = logging.Handler()
    handler.emit = lambda record: remarks.append((record.levelno, record.getMessage()))  # type: ignore[method-assign]
    log.addHandler(handler)
    log.setLevel(logging.INFO)

    def answer(asked: bytes) -> bytes:
        remarks.clear()
        content, path = pickle.loads(asked)
        queries = [pickle.loads(query) for query in pickle.loads(content)]
        with at("--input"):
            answers = answers_to(predictor, queries)
        if path is not None and (part := part_of(answers)):
            write_bytes(path, part)
        return pickle.dumps((answers, remarks))

    return answer


def question(content: bytes, path: Path | None) -> bytes:
    """What another process is asked.

    Args:
        content: Queries, as `packed` gives them.
        path: The file in which it keeps its answers.
    """
    return pickle.dumps((content, path))


def answered(reply: bytes) -> tuple[Answers, list[Remark]]:
    """What another process answers, and what it remarks."""
    answers, remarks = pickle.loads(reply)
    return answers, remarks
