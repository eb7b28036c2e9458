"""Messages about mistyped commands: unknown verbs, config keys as options, surplus arguments."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from rnnkit.errors import did_you_mean, nearest
from rnnkit.platform.shell import quote

SHOWN = 2


class Group(click.Group):
    """A group whose error about an unknown command suggests or lists the known ones."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            topic = [word for word in args[1:] if word in self.commands][:1]
            hint = did_you_mean(args[0], self.commands)
            if args[0] == "help":
                hint = f"Write `{' '.join([ctx.command_path, *topic, '--help'])}`"
            hint = hint or f"Expected one of: {', '.join(self.commands)}."
            ctx.fail(f"No such command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)


@contextlib.contextmanager
def misspelled_keys(words: Sequence[str]) -> Iterator[None]:
    """Makes errors about unknown options name the config keys that they may stand for, and those
    about surplus arguments the expected ones.

    Args:
        words: The command line without `rnnkit`.
    """
    try:
        yield
    except click.NoSuchOption as error:
        raise _name_error(error, words) or _key_error(error, words) or error from None
    except click.UsageError as error:
        if error.ctx is not None and error.message.startswith("Got unexpected extra"):
            usage = " ".join(error.ctx.command.collect_usage_pieces(error.ctx))
            error.message += f". Expected {usage}"  # type: ignore[misc]
        raise


def _name_error(error: click.NoSuchOption, words: Sequence[str]) -> click.UsageError | None:
    """The error for a file, folder or run whose name begins with a dash; None if there is none."""
    from rnnkit.run import runs_folder

    for word in words[1:]:
        if word.startswith(error.option_name) and any(
            os.path.lexists(path) for path in (word, runs_folder() / word)
        ):
            path = word if os.path.lexists(word) else str(runs_folder() / word)
            shown = quote(path if Path(path).is_absolute() else f"./{path}")
            hint = f"A name that begins with a dash is written as a path: {shown}"
            return click.UsageError(f"No such option {error.option_name!r}. {hint}", error.ctx)
    return None


def _key_error(error: click.NoSuchOption, words: Sequence[str]) -> click.UsageError | None:
    """The error for an option that is the name of a config key; None if it is not."""
    from rnnkit.workflows.keys import keys_called

    option = error.option_name
    place = next((i for i, word in enumerate(words) if word.partition("=")[0] == option), None)
    if place is None or not option.startswith("--"):
        return None
    others = [word for word in words[1:] if word[:1] != "-" and "=" not in word]
    near = _near(option, error.ctx)
    parameters = error.ctx.command.params if error.ctx is not None else []
    names = {parameter.name for parameter in parameters}
    has_keys = not names.isdisjoint(("overrides", "assignments"))
    keys = keys_called(
        option,
        others,
        is_exact=bool(near) or not has_keys,
        prefers_run="config" not in names or "--resume" in words,
    )[:SHOWN]
    if not keys:
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        return click.UsageError(f"No such option {option!r}.{hint}", error.ctx)
    _, is_joined, value = words[place].partition("=")
    if not is_joined and words[place + 1 :] and not words[place + 1].startswith("--"):
        value = words[place + 1]
    shown = " or ".join(f"`{key}={value or '...'}`" for key in keys)
    if has_keys:
        text = f"No such option {option!r}. A key of the config has no dashes: write {shown}"
    else:
        text = f"No such option {option!r}. It is a key of the config: train with {shown}"
    return click.UsageError(text, error.ctx)


def _near(option: str, ctx: click.Context | None) -> list[str]:
    """The options of a verb that are spelled similarly; dashes and underscores do not count."""
    known = [name for parameter in ctx.command.params for name in parameter.opts] if ctx else []
    by_name = {name.strip("-").replace("-", "_"): name for name in known if name[:2] == "--"}
    return [by_name[name] for name in nearest(option.strip("-").replace("-", "_"), by_name)]
