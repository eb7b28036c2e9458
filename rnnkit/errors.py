"""The one kind of error that a user sees, the place that it names, and suggestions for misspelled
names.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar

from rnnkit.escapes import visible

USER_MISTAKE = 2
RUN_FAILED = 1
LONGEST = 800  # characters of what was found, and of what is expected
LONGEST_HINT = 1_200  # a hint may be something to copy: only an absurdly long one is shortened
TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h

# Plain scalars that YAML reads as text, its own keywords aside: cp1252, Europe/Berlin, 5min.
_WORD = re.compile(r"[A-Za-z_][\w/-]*|[1-9][0-9]*(?![eE])[A-Za-z]+")
_DATASET = re.compile(r"data\.dataset\.[\w:]*\w")  # data.dataset.my:Mine, before .path
_SHELL = set(" '()[]{};|&<>*?#$")

IN_MEMORY = ("data", "validation", "test")
"""The arguments in Python that hold data; where one of them is the place, its keys are arguments,
too.
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
"""What Keras, PyTorch, transformers and scikit-learn call our keys."""

_PLACE: ContextVar[str] = ContextVar("place", default="")


class RnnkitError(Exception):
    """Something that the user can correct: where, what was found, what is expected, what to do.

    Args:
        where: File, line, key or flag, as the user named it; "" if only the caller knows it, which
            adds it by `with at(...)`.
        got: What was found there.
        expected: What would have been right.
        hint: What to do next.
        exit_code: The exit status of the process: 2 for a mistake in what the user named, 1 for
            work that failed while running, 75 for what is worth trying again later.

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

    @property
    def errors(self) -> list[RnnkitError]:
        """The single mistakes: the error itself, unless it reports several."""
        return [self]

    def __str__(self) -> str:
        texts = (shortened(self.got), shortened(self.expected), shortened(self.hint, LONGEST_HINT))
        parts = [part for part in texts if part]
        # something to copy, at the end, has no full stop that would be copied with it
        bare = [*(["?!"] * (len(parts) - 1)), "?!`"]
        sentences = [
            part if part[-1] in ends else part.rstrip(".") + "."
            for part, ends in zip(parts, bare, strict=False)
        ]
        return visible(": ".join(filter(None, (shortened(self.where), " ".join(sentences)))))


def shortened(text: str, longest: int = LONGEST) -> str:
    """Both ends of a text that is too long: a library's last words tend to say what is wrong."""
    text = visible(text)
    if len(text) <= longest:
        return text
    return f"{text[: longest // 2]}...{text[-longest // 2 :]}"


class RnnkitErrors(RnnkitError):
    """Several mistakes in one file, reported together."""

    def __init__(self, errors: Sequence[RnnkitError]):
        super().__init__("", "", exit_code=max(error.exit_code for error in errors))
        self._errors = list(errors)

    @property
    def errors(self) -> list[RnnkitError]:
        return self._errors

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


def combined(errors: Sequence[RnnkitError]) -> RnnkitError:
    """One error that reports all of at least one mistake."""
    return errors[0] if len(errors) == 1 else RnnkitErrors(errors)


@contextlib.contextmanager
def at(place: str) -> Iterator[None]:
    """Adds a place to every error that is raised inside: "--input", "data.dataset.csv.path". Nested
    places are joined: "--input: reviews.csv: row 3".
    """
    token = _PLACE.set(": ".join(filter(None, (_PLACE.get(), place))))
    try:
        yield
    except RnnkitError as error:
        for mistake in error.errors:
            mistake.where = ": ".join(filter(None, (place, mistake.where)))
        raise
    finally:
        _PLACE.reset(token)


def here(remark: str) -> str:
    """A remark with the place that the enclosing `at` names: "--text: out of vocabulary: 'x'"."""
    return ": ".join(filter(None, (_PLACE.get(), remark)))


def setting(key: str, value: object) -> str:
    """How a hint writes a key with its value: as in a config, "`data.dataset.csv.separator: ';'`",
    or, where the place is an option of the command line, as an assignment, "`separator=';'`".

    Args:
        key: The whole path, or a key of the data set that is being read: "separator".
        value: The value to write.
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
    """How a hint writes a key alone; arguments as in `setting`."""
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
    """ "Did you mean 'x'?" for the closest of `known`, or an empty string if none is close."""
    near = nearest(name, known, count=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The names of `known` that are closest to `name`, best first: another library's word for it,
    or the most similar spellings.
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    if (other := OTHER_NAMES.get(name.lower(), "")) in by_lower:
        return [by_lower[other]]
    return [
        by_lower[match]
        for match in difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=0.6)
    ]
