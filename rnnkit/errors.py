"""The one kind of error that a user sees, the place that it names, and the search for the word that
was meant.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar

from rnnkit.visible import visible

USER_MISTAKE = 2
RUN_FAILED = 1
LONGEST = 800  # characters of what was found, and of what is expected
LONGEST_HINT = 1_200  # what is to be written is not shortened, unless nobody would write it
TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h

# What YAML reads as text without quotes, but for its words: cp1252, Europe/Berlin, 5min.
_WORD = re.compile(r"[A-Za-z_][\w/-]*|[1-9][0-9]*(?![eE])[A-Za-z]+")
_DATASET = re.compile(r"data\.dataset\.[\w:]*\w")  # data.dataset.my:Mine, before .path
_SHELL = set(" '()[]{};|&<>*?#$")

IN_MEMORY = ("data", "validation", "test")
"""The arguments of Python that are data; where one is the place, a key of them is an argument too.
"""

OTHER_NAMES = {
    "lr": "learning_rate",
    "n_epochs": "epochs",
    "num_epochs": "epochs",
    "batch": "batch_size",
    "hidden_size": "units",
    "hidden_units": "units",
    "hidden_dim": "units",
    "hidden": "units",
    "embedding_dim": "embedding",
    "embedding_size": "embedding",
    "patience": "early_stopping",
    "clipnorm": "clip_norm",
    "clipvalue": "clip_value",
    "validation_split": "validation",
    "val_split": "validation",
    "seed": "random_seed",
    "max_tokens": "max_new_tokens",
    "max_length": "max_new_tokens",
    "num_beams": "beam_size",
    "num_return_sequences": "num_samples",
    "target": "label",
    "label": "target",
}
"""What Keras, PyTorch, transformers and scikit-learn call a key."""

_PLACE: ContextVar[str] = ContextVar("place", default="")


class RnnkitError(Exception):
    """Something that the user can correct: where, what was found, what is expected, what to do.

    Args:
        where: File, line, key or flag, as the user named it; "" where only the caller knows it,
            who says `with at(...)`.
        got: What was found there.
        expected: What would have been right.
        hint: What to do next.
        exit_code: The process' exit status: 2 for a mistake in what was named, 1 for work that
            failed while running, 75 for what is worth trying again later.

    Examples:
        >>> try:
        ...     rk.load_run("fabel")
        ... except rk.RnnkitError as error:
        ...     print(error.got)
        no such run
    """

    def __init__(
        self,
        where: str,
        got: str,
        expected: str = "",
        hint: str = "",
        *,
        exit_code: int = USER_MISTAKE,
    ):
        super().__init__(where, got, expected, hint)
        self.where, self.got, self.expected, self.hint = where, got, expected, hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        said = (shortened(self.got), shortened(self.expected), shortened(self.hint, LONGEST_HINT))
        parts = [part for part in said if part]
        # what is to be written, at the end, has no full stop that would be copied with it
        bare = [*(["?!"] * (len(parts) - 1)), "?!`"]
        sentences = [
            part if part[-1] in ends else part.rstrip(".") + "."
            for part, ends in zip(parts, bare, strict=False)
        ]
        return visible(": ".join(filter(None, (shortened(self.where), " ".join(sentences)))))


def shortened(text: str, longest: int = LONGEST) -> str:
    """Of what a file says, which may be long, both ends: the last words say what is wrong."""
    text = visible(text)
    if len(text) <= longest:
        return text
    return f"{text[: longest // 2]}...{text[-longest // 2 :]}"


class RnnkitErrors(RnnkitError):
    """Several mistakes in one file, reported together."""

    def __init__(self, errors: Sequence[RnnkitError]):
        super().__init__("", "", exit_code=max(error.exit_code for error in errors))
        self.errors = list(errors)

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


@contextlib.contextmanager
def at(place: str) -> Iterator[None]:
    """Names the place of what is done inside, for every error that is raised there: "--input",
    "data.dataset.csv.path". Places inside places are joined: "--input: reviews.csv: row 3".
    """
    token = _PLACE.set(": ".join(filter(None, (_PLACE.get(), place))))
    try:
        yield
    except RnnkitErrors as errors:
        for error in errors.errors:
            error.where = ": ".join(filter(None, (place, error.where)))
        raise
    except RnnkitError as error:
        error.where = ": ".join(filter(None, (place, error.where)))
        raise
    finally:
        _PLACE.reset(token)


def here(remark: str) -> str:
    """A remark with the place that the enclosing `at` names: "--text: out of vocabulary: 'x'"."""
    return ": ".join(filter(None, (_PLACE.get(), remark)))


def setting(key: str, value: object) -> str:
    """How a hint names a key and its value: as a config has it, "`data.dataset.csv.separator:
    ';'`"; where the place is an option of the command line, as its verb takes it,
    "`separator=';'`".

    Args:
        key: Its whole path, or one of the data set that is being read: "separator".
        value: What is to be written.
    """
    shown = _in_yaml(value)
    if _PLACE.get() in IN_MEMORY:
        written = "None" if value == "null" else repr(value)
        return f"`{key.rpartition('.')[2]}={written}`"
    if not _PLACE.get().startswith("--"):
        return f"`{_path_of(key)}: {shown}`"
    assignment = f"{key}={shown}"
    return f'`"{assignment}"`' if set(assignment) & _SHELL else f"`{assignment}`"


def setting_name(key: str) -> str:
    """How a hint names a key alone; arguments as of `setting`."""
    if _PLACE.get() in IN_MEMORY:
        return f"`{key}`"
    return f"`{key}=...`" if _PLACE.get().startswith("--") else f"`{_path_of(key)}`"


def _path_of(key: str) -> str:
    """The whole path of a key of the data set that is being read."""
    dataset = _DATASET.match(_PLACE.get())
    return f"{dataset[0]}.{key}" if dataset and "." not in key else key


def _in_yaml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not _WORD.fullmatch(value):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """ "Did you mean 'x'?" for the nearest of `known`, or an empty string where none is near."""
    near = nearest(name, known, count=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The names of `known` that are closest to `name`, best first; by what other libraries call
    it, or as it is written.
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    if (other := OTHER_NAMES.get(name.lower(), "")) in by_lower:
        return [by_lower[other]]
    return [
        by_lower[match]
        for match in difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=0.6)
    ]
