"""How `rnnkit inspect` prints a token."""

from __future__ import annotations


def shown_token(token: str) -> str:
    """A token as a cell of a table: in quotes if it is only spaces."""
    return token if token.strip() else repr(token)


def quoted_token(token: str) -> str:
    """A token in quotes if spaces at its ends belong to it."""
    return token if token and token == token.strip() else repr(token)
