"""The rules that make raw text plainer, one by one."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.encode.cleaning import RULES, Rule, clean


def test_clean_has_a_rule_for_every_name() -> None:
    assert tuple(RULES) == get_args(Rule)


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("html", "a<br />b", "a b"),
        ("html", "<p class='x'>so <b>good</b></p><!-- no -->", " so  good   "),
        ("html", "fish &amp; chips &lt;3 &#39;til &eacute;", "fish & chips <3 'til é"),
        # an entity that spells a tag is no tag
        ("html", "&lt;b&gt; is spelled so", "<b> is spelled so"),
        ("html", "1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("html", "I <3 it, a<-b", "I <3 it, a<-b"),
        ("html", "an <unclosed tag", "an <unclosed tag"),
        ("html", "one <a\nhref=x>two", "one  two"),
        ("html", "R&D; AT&T", "R&D; AT&T"),
        ("links", "see http://t.co/ab?c=d#e now", "see  httplink  now"),
        ("links", "HTTPS://X.org", " httplink "),
        ("links", "www.example.com/a and (http://b.c)", " httplink  and ( httplink "),
        ("links", "awww...so cute, http, //x", "awww...so cute, http, //x"),
        ("mentions", "@united thanks, @Some_Body1!", " usermention  thanks,  usermention !"),
        ("mentions", "me@mail.org @ home @@", "me@mail.org @ home @@"),
        ("mentions", "(@a) .@b", "( usermention ) . usermention "),
        ("mentions", "@été", " usermention "),
        ("numbers", "1 23 4.5 1,234.56 10:30 2nd", "0 0 0 0 0 0nd"),
        ("numbers", "v2. 3, go", "v0. 0, go"),
        ("numbers", "no digits", "no digits"),
        ("repeats", "sooooo goooood", "sooo goood"),
        ("repeats", "too cool, aaa", "too cool, aaa"),
        ("repeats", "wow!!!!! -----", "wow!!!!! -----"),  # marks are tokens of their own
        ("repeats", "1000000", "1000"),
        ("repeats", "Aaaaa", "Aaaa"),
    ],
)
def test_clean_by_one_rule(rule: Rule, text: str, expected: str) -> None:
    assert clean(text, [rule]) == expected


TWEET = "@united &amp; @VirginAmerica sooooo late, 25 min <br>http://t.co/x"


def test_clean_applies_its_rules_in_one_order() -> None:
    expected = " usermention  &  usermention  sooo late, 0 min   httplink "
    assert clean(TWEET, list(RULES)) == clean(TWEET, list(reversed(RULES))) == expected


def test_clean_reads_a_mention_inside_a_link_as_part_of_it() -> None:
    assert clean("https://x.com/@name", ["mentions", "links"]) == " httplink "


def test_clean_without_rules_changes_nothing() -> None:
    assert clean(TWEET, []) == TWEET


@given(st.text(max_size=60), st.sets(st.sampled_from(["links", "mentions", "numbers", "repeats"])))
def test_clean_leaves_clean_text_as_it_is(text: str, rules: set[Rule]) -> None:
    # "html" is left out: "&amp;lt;" is once "&lt;", twice "<".
    once = clean(text, sorted(rules))
    assert clean(once, sorted(rules)) == once


@pytest.mark.parametrize(
    "text",
    [
        "<" * 50_000,
        "<a" * 50_000,
        "@" * 50_000,
        "a" * 50_000,
        "1." * 50_000,
        "http://" * 10_000,
        "&" * 50_000,
    ],
)
def test_clean_ends_soon_on_long_runs_of_a_mark(text: str) -> None:
    assert len(clean(text, list(RULES))) <= 3 * len(text)
