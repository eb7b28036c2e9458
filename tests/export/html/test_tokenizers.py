from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import pytest

from rnnkit.data.datasets.imdb import keras_index
from rnnkit.data.encode.cleaning import clean
from rnnkit.data.encode.sentence import tokenize
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.encode.tokenizer_specs import BPE, Char, Word
from rnnkit.data.encode.words import WordsSpec, characters, subwords
from rnnkit.errors import RnnkitError
from rnnkit.export.html import tokenizers
from rnnkit.export.html.patterns import javascript

TEXTS = (
    "The quick brown fox, don't stop! I've 3.14 \u00e9, O\u2019Neil\u2019s rock'n'roll",
    "\u0130stanbul \u0391\u03a3 \u03c2 \ufb01 cafe\u0301 x\u0300\u0301 \u01c5 \u1e9e",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd",
    "\U0001f1e9\U0001f1ea \u2764\ufe0f 1\ufe0f\u20e3",
    "a\u00adb \u200bx\u200dy \u200c\u200d \ufeffz \u202eabc\u202c \u2066",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0915\u094d\u200d\u0937 \u0645\u06cc\u200c\u062e",
    "\u0e33 \u65e5\u672c",
    "U.S.A. 1,000 a@b.org all-rounder -- ... !! ?? ''  C++ a_b #tag",
    "\t\n\r\u0085\u2028\u00a0\u3000x  y",
    "<unk> <pad> <start> <end> <UNK> a<unk>b \u0600123 \U000e0062",
    "\U00020bb7@a \U00020bb7www.b \U00020bb7\u200d\U00020bb7 \U00020bb7's \U0001f468@a\ufe0f",
    "1996 2024 12:30 \u0663\u0664 \u2178 \u00b2 \u00bd",
    "",
)
LONG = "incomprehensibilities"


def made(name: str) -> Tokenizer:
    specs: dict[str, Any] = {
        "words": Word(),
        "cased": Word(lowercase=False, punctuation="removed"),
        "kept": Word(punctuation="kept"),
        "char": Char(lowercase=True),
        "bpe": BPE(vocab_size=320),
        "zero": WordsSpec(digits="zero"),
    }
    if name == "keras":
        return keras_index(["the", "fox", "don't"])
    return specs[name].train(*TEXTS[:5], padding=name == "zero", ends=name == "char")


NAMES = ("words", "cased", "kept", "char", "bpe", "zero", "keras")
RULES = ["links", "mentions", "numbers", "repeats"]
READ = """
  function read({ jobs, texts, of, long, rules }) {
    const out = {};
    for (const [name, about] of Object.entries(jobs)) {
      const tokenizer = new Tokenizer(about);
      out[name] = texts.map((text) => {
        const ids = tokenizer.encode(text).map((token) => token.id);
        return [ids, tokenizer.text(ids)];
      });
    }
    out.sentences = texts.map((text) => split(normalized(text, of.normalizers), of.split));
    const spell = (kind, length) =>
      spelled(long, { kind, length, shortest: 2, longest: 4, buckets: 1000 });
    out.spelled = [spell("characters", 9), spell("subwords", 12)];
    out.cleaned = texts.map((text) => cleaned(text, rules));
    return out;
  }
"""
"""What the page's own scripts make of what `questions` gives, as `expected` has it."""


def script() -> str:
    return files("rnnkit.export.html").joinpath("tokens.js").read_text() + READ


def questions() -> dict[str, Any]:
    jobs = {name: tokenizers.describe(made(name)) for name in NAMES}
    of = tokenizers.sentences(made("zero"))
    return {"jobs": jobs, "texts": TEXTS, "of": of, "long": LONG, "rules": RULES}


def expected() -> dict[str, Any]:
    """What the run's own tokenizers make of it."""
    answers: dict[str, Any] = {}
    for name in NAMES:
        tokenizer = made(name)
        ids = [tokenizer.encode(text).tolist() for text in TEXTS]
        answers[name] = [[one, tokenizer.text(one)] for one in ids]
    return answers | {
        "sentences": [tokenize(text) for text in TEXTS],
        "spelled": [
            ids.tolist() for ids in (characters([LONG], 9)[0], subwords([LONG], 12, 2, 4, 1000)[0])
        ],
        "cleaned": [clean(text, RULES) for text in TEXTS],
    }


@pytest.fixture(scope="module")
def tokenized() -> dict[str, Any]:
    if shutil.which("node") is None:
        pytest.skip("no node here, which runs the page's scripts without a browser")
    program = 'console.log(JSON.stringify(read(JSON.parse(require("fs").readFileSync(0, "utf8")))))'
    done = subprocess.run(
        ["node", "-e", script() + program],
        input=json.dumps(questions()),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    out: dict[str, Any] = json.loads(done.stdout)
    return out


@pytest.mark.parametrize("name", [*NAMES, "sentences", "spelled", "cleaned"])
def test_page_reads_texts_as_the_run_does(name: str, tokenized: dict[str, Any]) -> None:
    assert tokenized[name] == expected()[name]


def test_describe_names_rules_that_a_page_cannot_follow() -> None:
    class Mine(Word):
        def join(self, tokens: Sequence[str]) -> str:
            return "-".join(tokens)

    with pytest.raises(RnnkitError, match=r"tokenizer.*Mine"):
        tokenizers.describe(Mine().train("a b"))


@pytest.mark.parametrize("pattern", [r"\G", r"[a[b]]", r"\K"])
def test_javascript_refuses_what_it_does_not_know(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"set|\\"):
        javascript(pattern)
