"""What a message tells a person to do, done: the cure is read from its text alone."""

from __future__ import annotations

import contextlib
import difflib
import logging
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from rnnkit.config.mistakes import SECTIONS
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from tests.cli.invoke import invoke

CONFIG = Path("c.yaml")
WORD = r"[\w.]+"

Call = tuple[str, ...]
"""The words after `rnnkit`; "prepare CONFIG" reads a config's data as a training does."""


def said_of(call: Sequence[str]) -> str:
    """The mistakes that a call is refused for; "" where it is done."""
    if call[0] != "prepare":
        result = invoke(*call)
        lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert bool(lines) == (result.exit_code != 0), result.output
        return "\n".join(line.removeprefix("Error: ") for line in lines)
    try:
        load_task(Path(call[1]), call[2:]).prepare(Source())
    except RnnkitError as error:
        return str(error)
    return ""


@contextlib.contextmanager
def remarks() -> Iterator[list[str]]:
    """The remarks that are made meanwhile."""
    heard = list[str]()
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("rnnkit")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield heard
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def remarks_of(call: Sequence[str], *, everything: bool = False) -> str:
    """The remarks with a hint that are made while a call is done; or all of them."""
    with remarks() as heard:
        if call[0] == "prepare":
            heard += load_task(Path(call[1]), call[2:]).prepare(Source()).notes
        else:
            assert not said_of(call)
    return "\n".join(line for line in heard if everything or "`" in line)


def cures(call: Call, message: str, own: Mapping[str, str]) -> list[Call]:
    """The calls that a message leads to, one for each way out that it names. Where a key is to be
    removed, or a name corrected in it, the config is rewritten.

    Args:
        call: What was refused.
        message: Why.
        own: What a person puts in place of a word in capitals, such as COLUMN.
    """
    for word, value in own.items():
        message = message.replace(word, value)
    found = [*_written_out(call, message), *_options(call, message), *_names(call, message)]
    found += [] if found else _removed(call, message)
    return list(dict.fromkeys(found))


def _written_out(call: Call, message: str) -> Iterator[Call]:
    """What stands between backticks: a command, options, or keys; those joined by "and" belong
    together.
    """
    parts = re.split(r"`([^`]+)`", message)
    together: list[str] = []
    groups = [together]
    for between, code in zip(parts[::2], parts[1::2], strict=False):
        if together and not re.fullmatch(r"\s*(,|and|, and)\s*", between):
            together = []
            groups.append(together)
        together.append(code)
    for codes in filter(None, groups):
        if codes[0].startswith("rnnkit "):
            verb, *others = shlex.split(codes[0])[1:]
            yield ("check" if verb == "train" else verb, *others)
        elif codes[0].startswith("--") or re.match(r"[\"']*\w+=", codes[0]):
            yield (*call, *(word for code in codes for word in shlex.split(code)))
        elif all(re.match(r"[\w.]+: ", code) for code in codes):
            yield _with_keys(call, codes)


def _with_keys(call: Call, codes: Sequence[str]) -> Call:
    """With keys of the config, of which a message names the whole path."""
    overrides = []
    for code in codes:
        path, _, value = code.partition(": ")
        assert path.split(".")[0] in SECTIONS, f"not the whole path of a key: {code}"
        overrides.append(f"{path}={value}")
    return (*call, *overrides)


def place_of(message: str) -> tuple[str, ...]:
    """The key of the config that a message names."""
    match = re.search(rf"\b(({'|'.join(SECTIONS)})(\.[\w]+)*)\b", message)
    return tuple(match[1].split(".")) if match else ()


def _options(call: Call, message: str) -> Iterator[Call]:
    """Options of the command line without a value, or with one that stands beside it."""
    plain = re.sub(r"`[^`]*`", "", message)
    for match in re.finditer(r"(?:[Aa]dd|[Ww]rite|[Uu]se) (--[\w-]+)( [\w.'-]+)?", plain):
        value = shlex.split(match[2]) if match[2] else []
        yield (*call, match[1], *value)


def _names(call: Call, message: str) -> Iterator[Call]:
    """The name that was meant, in place of the nearest word of the call or of the config."""
    for match in re.finditer(r"Did you mean '([^']+)'\?", message):
        meant = match[1]
        before = message[: match.start()]
        words = [word for word in call if word in before and word not in (meant, str(CONFIG))]
        if nearest := difflib.get_close_matches(meant, words, 1, 0.4):
            yield tuple(meant if word == nearest[0] else word for word in call)
            continue
        text = CONFIG.read_text(encoding="utf-8")
        said = {*re.findall(r"\w+", before), *re.findall(WORD, before)}
        known = said & set(re.findall(WORD, text))
        (wrong,) = difflib.get_close_matches(meant, sorted(known - {meant}), 1, 0.3)
        CONFIG.write_text(re.sub(rf"(?<![\w.]){wrong}(?![\w.])", meant, text), encoding="utf-8")
        yield call


def _removed(call: Call, message: str) -> Iterator[Call]:
    """Without the key, or the item, that the message is about; or without one that it names."""
    named = re.search(r"Remove `([\w.]+)`(?: or `([\w.]+)`)?$", message)
    if not named and not re.search(r"\. Remove (it|one|the)\b", message):
        return
    text = CONFIG.read_text(encoding="utf-8")
    place = place_of(message)
    for key in filter(None, named.groups()) if named else [""]:
        tree: Any = yaml.safe_load(text)
        _remove(tree, tuple(key.split(".")) if key else place)
        path = CONFIG.with_stem(f"without_{key}") if key else CONFIG
        path.write_text(yaml.safe_dump(tree), encoding="utf-8")
        yield tuple(str(path) if word == str(CONFIG) else word for word in call)


def _remove(tree: Any, place: Sequence[str]) -> None:
    *above, last = place
    for key in above:
        tree = tree[int(key) if isinstance(tree, list) else key]
    del tree[int(last) if isinstance(tree, list) else last]
