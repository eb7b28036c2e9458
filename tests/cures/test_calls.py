"""Hints about a call of the command line work."""

from __future__ import annotations

import json

import pytest

from tests.cures.cures import Call
from tests.cures.mistakes import DAYS, Case, lines, require_cured

Runs = tuple[str, ...]

SEED = ("--seed", "had a general")
FILES = {
    "empty.csv": "text,label\n",
    "no_text.csv": "a,b\nfilm,1\n",
    "w.json": json.dumps([[DAYS[9], DAYS[11]]]),
    "tokens.csv": lines("number,form", "1,a", "1,b"),
}

FROM_TEXT: dict[str, tuple[Call, Runs]] = {
    "no runs": (("generate", *SEED), ()),
    "unheard-of run": (("generate", "nonsuch", *SEED), ("weather",)),
    "numbers to a series": (("predict", "weekly", "--text", "1 2"), ("weekly",)),
    "own components": (("generate", *SEED), ("own writer",)),
    "untrained run": (("generate", "begun", *SEED), ("begun",)),
    "samples of a beam": (
        ("generate", "writer", *SEED, "--beam-size", "2", "--num-samples", "3"),
        ("writer",),
    ),
}
REMARKS: dict[str, tuple[Call, Runs]] = {
    "newer run of own components": (("generate", *SEED), ("writer", "own writer")),
}
BY_HAND: dict[str, tuple[tuple[Call, Runs], tuple[Call, ...]]] = {
    "config of no such name": ((("check", "zzz"), ()), (("config", "list"),)),
    "help as a verb": ((("help", "train"), ()), (("train", "--help"),)),
    "data instead of a config": (
        (("check", "no_text.csv"), ()),
        (("config", "new", "classification"),),
    ),
    "key as an option": (
        (("check", "fable", "--epochs", "3"), ()),
        (("check", "fable", "train.epochs=3"),),
    ),
    "key as an option of a verb without keys": (
        (("runs", "--batch-size=3"), ()),
        (("check", "fable", "train.batch_size=3"),),
    ),
    "key of a file": (
        (("predict", "judge", "--input", "reviews.csv", "seperator=,"), ("judge",)),
        (("predict", "judge", "--input", "reviews.csv", "separator=,"),),
    ),
    "column of lines": (
        (("predict", "tagger", "--input", "tokens.csv", "--column", "form"), ("tagger",)),
        (("predict", "tagger", "--input", "tokens.csv", "word=form", "sentence=number"),),
    ),
    "target of no such name": (
        (("export", "writer", "kreas"), ("writer",)),
        (("export", "writer", "keras"),),
    ),
    "layer of no such name": (
        (
            ("inspect", "trace", "writer", "--text", "had a general", "--layer", "grue"),
            ("writer",),
        ),
        (("inspect", "trace", "writer", "--text", "had a general", "--layer", "gru"),),
    ),
    "target without a loss": (
        (
            ("inspect", "trace", "writer", "--text", "had a general", "--target", "council"),
            ("writer",),
        ),
        (("inspect", "trace", "writer", "--text", "had a general", "--backward"),),
    ),
    "label of no such name": (
        (
            ("inspect", "trace", "judge", "--text", "film", "--backward", "--target", "goood"),
            ("judge",),
        ),
        (("inspect", "trace", "judge", "--text", "film", "--backward", "--target", "good"),),
    ),
    "layer without such a name": (
        (("inspect", "gates", "writer", "--text", "had a general", "--layer", "grue"), ("writer",)),
        (("inspect", "gates", "writer", "--text", "had a general", "--layer", "gru"),),
    ),
    "label to explain": (
        (("inspect", "explain", "judge", "--text", "film", "--class", "goood"), ("judge",)),
        (("inspect", "explain", "judge", "--text", "film", "--class", "good"),),
    ),
    "target of no such label": (
        (
            ("inspect", "trace", "judge", "--text", "film", "--backward", "--target", "goood"),
            ("judge",),
        ),
        (("inspect", "trace", "judge", "--text", "film", "--backward", "--target", "good"),),
    ),
    "token that the text lacks": (
        (("inspect", "explain", "tagger", "--text", "a b", "--at", "aa"), ("tagger",)),
        (("inspect", "explain", "tagger", "--text", "a b", "--at", "a"),),
    ),
    "no text to explain": (
        (("inspect", "explain", "judge"), ("judge",)),
        (("inspect", "explain", "judge", "--text", "film"),),
    ),
    "file to explain": (
        (("inspect", "explain", "judge", "--input", "tokens.csv"), ("judge",)),
        (("inspect", "explain", "judge", "--text", "film"),),
    ),
    "page of a forecast": (
        (("inspect", "explain", "weather", "--html", "page.html"), ("weather",)),
        (("inspect", "explain", "weather", "--output", "picture.png"),),
    ),
    "target without weights of eight bits": (
        (("export", "writer", "keras", "--int8"), ("writer",)),
        (("export", "writer", "keras"),),
    ),
    "table of no such name": (
        (("inspect", "embeddings", "writer", "--layer", "embeding"), ("writer",)),
        (("inspect", "embeddings", "writer", "--layer", "embedding"),),
    ),
    "word of no such spelling": (
        (("inspect", "embeddings", "writer", "--word", "concil"), ("writer",)),
        (("inspect", "embeddings", "writer", "--word", "council"),),
    ),
    "vectors of numbers": (
        (("inspect", "embeddings", "weather"), ("weather", "writer")),
        (("inspect", "embeddings", "writer"),),
    ),
    "not a run": ((("generate", ".", *SEED), ("writer",)), (("generate", "writer", *SEED),)),
    "condition for a writer": (
        (("generate", "writer", *SEED, "--condition", "good"), ("writer", "tunes")),
        (("generate", "writer", *SEED), ("generate", "tunes", "--condition", "good")),
    ),
    "longer horizon": (
        (("forecast", "weather", "--horizon", "3"), ("weather", "ahead")),
        (("forecast", "ahead", "--horizon", "3"),),
    ),
    "text of a series that none says": (
        (("inspect", "trace", "weekly", "--text", "1 2"), ("weekly",)),
        (("inspect", "trace", "weekly", "--newest"),),
    ),
    "forecast in place of its series": (
        (
            ("forecast", "weather", "--input", "days.csv", "-o", "days.csv", "--overwrite"),
            ("weather",),
        ),
        (("forecast", "weather", "--input", "days.csv", "-o", "next.csv"),),
    ),
    "windows without times": (
        (("anomalies", "ahead", "--windows", "w.json"), ("ahead", "weather")),
        (("anomalies", "weather", "--windows", "w.json"),),
    ),
    "attention": (
        (("inspect", "attention", "translator", "--text", "a b"), ("translator", "attentive")),
        (("inspect", "attention", "attentive", "--text", "a b"),),
    ),
    "file for sentences of a config": (
        (("evaluate", "tagger", "--data", "tokens.csv"), ("tagger",)),
        (("evaluate", "tagger", "--part", "train"),),
    ),
    "tokens of a table": (
        (("predict", "tagger", "--input", "tokens.csv"), ("tagger",)),
        (("predict", "tagger", "--input", "tokens.csv", "word=form", "sentence=number"),),
    ),
    "column of a forecaster": (
        (("predict", "weather", "--input", "days.csv", "--column", "sold"), ("weather",)),
        (("predict", "weather", "--input", "days.csv"),),
    ),
    "options of another verb": (
        (("predict", "weather", "--horizon", "1", "--threshold", "0.1"), ("weather",)),
        (("forecast", "weather", "--horizon", "1"), ("anomalies", "weather", "--threshold", "0.1")),
    ),
    "text for another verb": (
        (("predict", "weather", "--horizon", "1", "--text", "1"), ("weather",)),
        (("forecast", "weather", "--horizon", "1"),),
    ),
}
REMARKS_BY_HAND: dict[str, tuple[tuple[Call, Runs], Call]] = {
    "former horizon": (
        (("predict", "weather", "--horizon", "1"), ("weather",)),
        ("forecast", "weather", "--horizon", "1"),
    ),
    "unended answer": (
        (("predict", "translator", "--text", "a b"), ("translator",)),
        ("generate", "translator", "--seed", "a b", "--max-new-tokens", "200"),
    ),
    "unended text": (
        (("generate", "tunes", "--condition", "good", "--random-seed", "1"), ("tunes",)),
        ("generate", "tunes", "--condition", "good", "--max-new-tokens", "200"),
    ),
}
CASES = {
    **{f"calls: {name}": Case("", FILES, call, runs) for name, (call, runs) in FROM_TEXT.items()},
    **{
        f"remark of a call: {name}": Case("", FILES, call, runs, remark=True)
        for name, (call, runs) in REMARKS.items()
    },
    **{
        f"call by hand: {name}": Case(
            "", FILES, call, runs, mended=tuple(Case("", FILES, other) for other in mended)
        )
        for name, ((call, runs), mended) in BY_HAND.items()
    },
    **{
        f"remark by hand: {name}": Case(
            "", FILES, call, runs, mended=(Case("", FILES, mended),), remark=True
        )
        for name, ((call, runs), mended) in REMARKS_BY_HAND.items()
    },
}


@pytest.mark.parametrize("name", CASES)
def test_hints_about_a_call_cure_the_mistake(name: str) -> None:
    require_cured(CASES[name])
