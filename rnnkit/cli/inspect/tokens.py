"""How the verbs that look inside print a token."""

from __future__ import annotations


def shown_token(token: str) -> str:
    """A token as it stands in a table: one of spaces alone in quotes."""
    return token if token.strip() else repr(token)


def quoted_token(token: str) -> str:
    """The same where the spaces around a token belong to it."""
    return token if token and token == token.strip() else repr(token)
