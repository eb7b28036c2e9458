"""The field's English: words that no message, help text, description of a key or page uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.helpers.pages import pages
from tests.helpers.sources import sources

NOT_SAID = re.compile(
    r"""\b(?: cut | filled\ up | left\ out\ of\ account | by\ heart | pieces\ of\ words | tape
    | go\ on | told(?!\ apart) | stands?\ beside | is\ no\ (?:number|text|file|mistake|path|run)
    | of\ which | in\ place\ of | the\ likeliest | where\ unset | a\ share\ of | training\ part
    | so\ many\ of | mend
    | (?:tokens|bits|features|seconds|examples)\ an?\ (?:text|token|step|epoch|character)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""Calques and private words; shared/DESIGN.md, "Words", has the field's."""


def docstrings(tree: ast.AST) -> set[int]:
    """The places of strings that are statements: notes to who reads the source."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def sentences() -> Iterator[tuple[str, str]]:
    """What rnnkit says, by its place: every string of more than a word, and the docstrings that are
    help texts or the reference.
    """
    for path, tree in sources().items():
        is_read = path.parts[0] in ("cli", "api", "sklearn")
        notes = set() if is_read else docstrings(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or id(node) in notes:
                continue
            if isinstance(node.value, str) and " " in node.value:
                yield f"rnnkit/{path}:{node.lineno}", node.value


def test_messages_are_in_the_words_of_the_field() -> None:
    assert [
        f"{place}: {said[0]!r}"
        for place, text in sentences()
        if (said := NOT_SAID.search(text)) and "/fable.py" not in place
    ] == []


def test_pages_are_in_the_words_of_the_field() -> None:
    assert [
        f"{page.name}: {said[0]!r}"
        for page in pages()
        for said in NOT_SAID.finditer(
            re.sub(r"^```.*?^```", "", page.text, flags=re.DOTALL | re.MULTILINE)
        )
    ] == []
