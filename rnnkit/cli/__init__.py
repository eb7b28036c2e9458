"""The command line: options, one workflow call, print. Heavy imports are inside the commands."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import traceback
from typing import Any

import click

from rnnkit import __version__, process, progress
from rnnkit.cli.groups import write_groups
from rnnkit.cli.mistyped import Group, misspelled_keys
from rnnkit.cli.options import CALL_WORDS
from rnnkit.cli.output import say, visible_errors
from rnnkit.cli.streams import lose_output, prepare_streams
from rnnkit.cli.verbs import Verbs
from rnnkit.errors import RUN_FAILED, USER_MISTAKE, RnnkitError
from rnnkit.platform import disk, system
from rnnkit.platform.interrupt import exit_silently_on_interrupt
from rnnkit.platform.memory import limits
from rnnkit.registry import USER_MODULES
from rnnkit.signals import SignalHandler


class _UserError(click.ClickException):
    def __init__(self, error: RnnkitError):
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]

    def show(self, file: Any = None) -> None:
        for line in self.message.split("\n"):
            say(f"Error: {line}", err=True)


def _unwind(number: int) -> None:
    """A signal ends the process through every `with` and `finally`, so that nothing half-written
    stays behind.
    """
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def _exit_if_stopped(ctx: click.Context, signal_number: int) -> None:
    """Ends the command after a signal: code that it interrupted, such as an import, may have turned
    its exception into another one.
    """
    if signal_number:
        ctx.exit(128 + signal_number)


def _mistake_in_users_code(error: Exception) -> RnnkitError | None:
    """The error if a file of `--code` caused it; None if rnnkit did."""
    if not USER_MODULES:
        return None
    from rnnkit.workflows.contracts import mistake_in_users_code

    return mistake_in_users_code(error)


def _no_memory(error: Exception) -> RnnkitError | None:
    """The error if memory ran out, for arrays or for loading a library; None if it did not."""
    messages = ("failed to map segment", "Cannot allocate memory")  # of the dynamic linker
    is_import = isinstance(error, ImportError) and any(text in str(error) for text in messages)
    if not (is_import or isinstance(error, MemoryError)):
        return None
    got = f"none left ({str(error) or type(error).__name__})"
    names = ", ".join(limit.name for limit in limits())
    cure = f", raise the limits of this process ({names})," if names else ""
    hint = f"Close other programs{cure} or ask for less"
    return RnnkitError("memory", got, "", hint, exit_code=RUN_FAILED)


def _end_at_once(code: str | int) -> None:
    """Ends the process without its exit handlers if they would wait: for an import of a framework
    that a failed command no longer needs, for other processes, or for third-party code that hangs.
    """
    fails_early = code and (process.waits_at_exit() or process.is_importing())
    if not (process.may_hang_at_exit() or fails_early):
        return
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code if isinstance(code, int) else RUN_FAILED)


def _writes_run_folder(ctx: click.Context) -> bool:
    """Whether the command's results are in a run folder, so that its output may be lost."""
    return [*getattr(ctx, "_protected_args", ()), *ctx.args][:1] == ["train"]


class _Group(Group):
    """Turns rnnkit's errors into messages and exit codes, and suggests names of commands."""

    def main(self, *args: Any, **options: Any) -> Any:
        is_command = not (args or options)  # else another program calls it
        if is_command:
            system.restart_in_utf8_mode()
            process.set_up_command()
        prepare_streams()
        try:
            return super().main(*args, **options)
        except SystemExit as ended:
            if is_command:
                exit_silently_on_interrupt()  # the work is done, only cleanup is left
                _end_at_once(ended.code or 0)
            raise
        except OSError as error:  # what click itself prints, such as the help
            cure = disk.CURES.get(error.errno or 0, "Name a place that takes it")
            say(f"Error: standard output: {error.strerror}. {cure}.", err=True)
            sys.exit(disk.exit_code(error))
        except Exception:
            if is_command and process.waits_at_exit():
                traceback.print_exc()
                _end_at_once(RUN_FAILED)
            raise

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with visible_errors():
            return super().make_context(*args, **options)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[CALL_WORDS] = list(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        if _writes_run_folder(ctx):
            lose_output()
        if sys.stdout is None:
            raise _UserError(
                RnnkitError(
                    "standard output",
                    "closed",
                    "Expected a place for the results",
                    f"Add `> {os.devnull}`",
                    exit_code=RUN_FAILED,
                )
            )
        progress.to_stderr()
        signals = SignalHandler(_unwind, ends=True)
        try:
            with (
                signals,
                visible_errors(),
                misspelled_keys(ctx.meta[CALL_WORDS]),
            ):
                return super().invoke(ctx)
        except RnnkitError as error:
            if ctx.params.get("debug"):
                raise
            raise _UserError(error) from None
        except KeyboardInterrupt:
            ctx.exit(130)
        except OSError as error:
            # a closed pipe ends click quietly
            if ctx.params.get("debug") or error.errno == errno.EPIPE:
                raise
            exit_code = USER_MISTAKE if error.errno == errno.ENAMETOOLONG else disk.exit_code(error)
            raise _UserError(
                RnnkitError(
                    str(error.filename or "input or output"),
                    error.strerror or "failed",
                    hint=disk.CURES.get(error.errno or 0, ""),
                    exit_code=exit_code,
                )
            ) from None
        except Exception as error:
            _exit_if_stopped(ctx, signals.number)
            mistake = _no_memory(error) or _mistake_in_users_code(error)
            if mistake is None or ctx.params.get("debug"):
                raise
            raise _UserError(mistake) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_groups(self, ctx, formatter)


@click.group(
    cls=_Group,
    commands=Verbs(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="rnnkit")
@click.option(
    "--debug", is_flag=True, envvar="RNNKIT_DEBUG", help="Show the traceback of an error."
)
def main(debug: bool) -> None:
    """Train and evaluate recurrent sequence models from a YAML config.

    \b
    rnnkit train fable
    rnnkit generate --seed "had a general"
    """
