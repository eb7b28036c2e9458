"""Tests of the stories behind the verbs."""

from __future__ import annotations

from click.testing import CliRunner, Result

from rnnkit.cli import main


def call(*arguments: object) -> Result:
    """The command line within this process, which saves the start of one; an error that is not
    rnnkit's own is raised.
    """
    result = CliRunner().invoke(main, list(map(str, arguments)))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
