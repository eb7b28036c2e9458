"""The length of the texts that a model learns to end, which limits what it generates."""

from __future__ import annotations

from rnnkit.data.encode.ragged import Sequences
from rnnkit.generation.options import Generate
from rnnkit.quantities import counted
from rnnkit.run import RunFolder
from rnnkit.storage import write_json
from rnnkit.storage.records import Record, read_record
from rnnkit.storage.schemas import Count

KEY = "max_new_tokens"


class _Lengths(Record):
    max_new_tokens: Count


def longest_of(texts: Sequences) -> int:
    """The number of tokens to generate for the longest of some texts, from `<start>` to `<end>`:
    all but the first.
    """
    return int(texts.lengths.max()) - 1


def save_longest(run: RunFolder, longest: int | None) -> None:
    """Saves it in the run folder."""
    if longest is not None:
        write_json(run.lengths, {KEY: longest})


def load_longest(run: RunFolder) -> int | None:
    """The longest text of a run; None for a run of an earlier version, whose config has a number.

    Raises:
        RnnkitError: If the file is damaged.
    """
    return read_record(run.lengths, _Lengths).max_new_tokens if run.lengths.is_file() else None


def bounded(options: Generate, longest: int | None) -> Generate:
    """The options, limited by the longest training text if they set no other limit."""
    if options.max_new_tokens is not None:
        return options
    return options.model_copy(update={KEY: longest})


def unended_note(count: int, answers: int, options: Generate, longest: int | None) -> str:
    """A remark on answers that reached the limit before their end.

    Args:
        count: The number of such answers.
        answers: The number of all answers.
        options: The options with the limit.
        longest: As in `longest_of`, of the texts that were to be answered, or of training.
    """
    data = f"; the longest target has {longest - 1:,}" if longest else ""
    reached = f"reached max_new_tokens {options.longest:,} before their end"
    return f"{count:,} of {counted(answers, 'answer')} {reached}{data}"
