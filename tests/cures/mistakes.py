"""Mistakes whose messages say what to do: a config, files, and the call that is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from rnnkit.registry import USER_MODULES
from rnnkit.workflows.code import import_file
from tests.cures.cures import CONFIG, Call, cures, remarks_of, said_of
from tests.cures.hints import Said, listening
from tests.helpers.untrained import untrained_run

PREPARE = ("prepare", "c.yaml")
CHECK = ("check", "c.yaml")
HEARD: dict[int, Said] = {}
"""What cases were refused for in this process, by their identity."""


@dataclass(frozen=True)
class Case:
    """A mistake: a config, files, and the call that is refused.

    Args:
        config: The config; "" where the call needs none.
        files: Other files, by name.
        call: The call.
        runs: Runs that there are.
        mended: The same after what the message says, where that is more than to write its words.
        remark: Whether the call is done, with a remark.
    """

    config: str
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    call: Call = CHECK
    runs: tuple[str, ...] = ()
    mended: tuple[Case, ...] = ()
    remark: bool = False

    def begin(self) -> Call:
        """Writes the files."""
        for name, content in self.files.items():
            raw = content.encode() if isinstance(content, str) else content
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(raw)
        if self.config:
            CONFIG.write_text(self.config, encoding="utf-8")
        for name in self.runs:
            RUNS[name]()
        return self.call

    def said(self, call: Call) -> str:
        """The message, or the remark."""
        forget_own()
        return remarks_of(call) if self.remark else said_of(call)

    def heard(self, _: object = None) -> Said:
        """The message, from the beginning."""
        with listening() as running:
            message = self.said(self.begin())
        HEARD[id(self)] = said = Said(message, running)
        return said

    def first_words(self, message: str) -> str:
        """What the mistake is, without the cure."""
        return message.split("; " if self.remark else ". ")[0]


def base(
    task: str = "{language_model: {window: 3}}",
    data: str = "{dataset: fable}",
    model: str = "{embedding: 4, layers: [gru: 3]}",
    more: str = "",
) -> str:
    return f"task: {task}\ndata: {data}\nmodel: {model}\n{more}\n"


def table(settings: str, task: str = "classification") -> str:
    """A config of a classifier on a table."""
    return base(task, f"{{dataset: {{{settings}}}, split: 0}}")


def series(settings: str) -> str:
    """A config of a forecaster."""
    data = f"{{dataset: {{series: {{{settings}}}}}, split: {{validation: 0.2}}}}"
    return base("{forecasting: {timesteps: 2}}", data, "{embedding: none, layers: [gru: 3]}")


def lines(*rows: str) -> str:
    return "".join(f"{row}\n" for row in rows)


REVIEWS = lines(
    "text,label", *(f"film {index},{'good' if index % 2 else 'bad'}" for index in range(12))
)
DAYS = [f"2024-01-{day:02d}" for day in range(1, 29)]
PASSENGERS = lines("day,sold", *(f"{day},{index}" for index, day in enumerate(DAYS)))
JUDGE = table("csv: {path: reviews.csv, text: text, label: label}")


MINE = """
from rnnkit.metrics.metric import MetricSpec
from rnnkit.tasks.language_model.task import LanguageModel


class Mine(MetricSpec):
    def score(self, true, predicted):
        return 0


class Quiet(LanguageModel):
    def sample(self, predictor, data):
        return "(quiet)"
"""
ANSWERS = """
from rnnkit.tasks.language_model.predictor import WindowPredictor
from rnnkit.tasks.language_model.task import LanguageModel


class Mine(WindowPredictor):
    {}


class Quiet(LanguageModel):
    def predictor(self, codec, outputs):
        return Mine(codec, outputs, self.task.steps, self.generate, self.data.tokenizer.unit)
"""
"""A task whose predictor is one's own, with its body left open."""


def _judge() -> None:
    Path("reviews.csv").write_text(REVIEWS, encoding="utf-8")
    untrained_run("judge", JUDGE)


def _writer() -> None:
    untrained_run("writer", base())


def _weather() -> None:
    Path("days.csv").write_text(PASSENGERS, encoding="utf-8")
    Path("twice.csv").write_text(PASSENGERS + f"{DAYS[-1]},1\n", encoding="utf-8")
    Path("gap.csv").write_text(PASSENGERS.replace(f"{DAYS[9]},9\n", ""), encoding="utf-8")
    excel = lines("day,sold", *(f"{44927 + index},{index}" for index in range(30)))
    hours = lines("day,sold", *(f"2024-01-{n // 24 + 1:02d} {n % 24}:00,{n}" for n in range(240)))
    Path("hours.csv").write_text(hours, encoding="utf-8")
    Path("excel.csv").write_text(excel, encoding="utf-8")
    untrained_run("weather", series("path: days.csv, time: day, target: sold"))


def _tunes() -> None:
    Path("reviews.csv").write_text(REVIEWS, encoding="utf-8")
    dataset = "csv: {path: reviews.csv, text: text, label: label}"
    untrained_run("tunes", table(dataset, "{language_model: {condition: label}}"))


def _stars() -> None:
    """A writer of texts for numbers."""
    rows = lines("text,stars", *(f"film {index},{index}" for index in range(12)))
    Path("stars.csv").write_text(rows, encoding="utf-8")
    dataset = "csv: {path: stars.csv, text: text, features: [stars]}"
    untrained_run("stars", table(dataset, "{language_model: {condition: features}}"))


def _tagger() -> None:
    untrained_run(
        "tagger", base("tagging", "{dataset: {tagged: {sentences: [a/X b/Y, c/X]}}, split: 0}")
    )


def _ahead() -> None:
    """A forecaster of more than one step, and of numbers without times."""
    data = "{dataset: {numbers: [1, 2, 3, 4, 5, 6, 7, 8, 9]}, split: 0}"
    forecaster = "{forecasting: {timesteps: 2, method: recursive}}"
    untrained_run("ahead", base(forecaster, data, "{embedding: none, layers: [gru: 3]}"))


def _translator(attention: str = "") -> None:
    pairs = "[{source: a b, target: c d}, {source: a, target: c}, {source: b, target: d}]"
    Path("p.jsonl").write_text(
        "".join(f"{json.dumps(pair)}\n" for pair in yaml.safe_load(pairs)), encoding="utf-8"
    )
    side = "{embedding: 3, layers: [gru: 3]}"
    model = f"{{encoder: {side}, decoder: {side}{attention}}}"
    name = "attentive" if attention else "translator"
    untrained_run(name, base("seq2seq", "{dataset: {pairs: p.jsonl}, split: 0}", model))


def _attentive() -> None:
    _translator(", attention: additive")


def _weekly() -> None:
    _weather()
    untrained_run("weekly", series("path: days.csv, time: day, target: sold, cycles: [week]"))


def _own_writer(name: str = "own_writer", code: str = MINE) -> None:
    forget_own()
    Path("my.py").write_text(code, encoding="utf-8")
    import_file("my.py")
    untrained_run(name, base('{"my:Quiet": {window: 3}}'))
    forget_own()


def _own_answers() -> None:
    _own_writer("own_answers", ANSWERS.format("pass"))


def forget_own() -> None:
    """The module my.py is as if it had never been imported."""
    sys.modules.pop("my", None)
    USER_MODULES[:] = [name for name in USER_MODULES if name != "my"]


def _begun() -> None:
    untrained_run("begun", base()).weights.unlink()


def _own() -> None:
    Path("my.py").write_text(MINE, encoding="utf-8")
    CONFIG.write_text(JUDGE + 'metrics: ["my:Mine"]\n', encoding="utf-8")


RUNS: dict[str, Callable[[], None]] = {
    "own": _own,
    "stars": _stars,
    "tagger": _tagger,
    "ahead": _ahead,
    "translator": _translator,
    "attentive": _attentive,
    "begun": _begun,
    "weekly": _weekly,
    "own writer": _own_writer,
    "own answers": _own_answers,
    "tunes": _tunes,
    "judge": _judge,
    "writer": _writer,
    "weather": _weather,
}

OWN = {
    "COLUMN": "day",
    "FILE": "days.csv",
    "CONFIG": "fable",
    "TEXT": "'had a general'",
    "LABEL": "good",
}
"""What a person puts in place of a word in capitals."""
LONGEST_WAY = 3  # mistakes that lay one behind the other


def require_cured(case: Case) -> None:
    """Each way out of the message leads to a call that is done, if need be by the next message.
    Where a person must write something of their own, the case says what.
    """
    try:
        _require_cured(case)
    finally:
        forget_own()


def _require_cured(case: Case) -> None:
    message, call = case.heard().message, case.call
    assert message
    for mended in case.mended:
        call = mended.begin()
        assert not mended.said(call), mended
        assert case.first_words(message) not in case.said(call)
    if not case.mended:
        ways = cures(call, message, OWN)
        assert ways, f"names nothing to do: {message}"
        for way in ways:
            _follow(case, way, message, LONGEST_WAY)


def _follow(case: Case, call: Call, before: str, left: int) -> None:
    forget_own()
    message = said_of(call)
    if not message:
        assert not case.remark or case.first_words(before) not in case.said(call), call
        return
    assert message.split(". ")[0] not in before, f"{call}: {message}"
    ways = cures(call, message, OWN)
    assert ways and left, f"{call}: {message}"
    for way in ways:
        _follow(case, way, before + message, left - 1)
