"""Tweets to US airlines: a tiny file of the same form, and the genuine one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.tweets import TWEETS, Tweets
from rnnkit.data.encode.cleaning import clean
from rnnkit.data.raw.row_split import LabelledSplit
from rnnkit.errors import RnnkitError

TINY = """\
tweet_id,airline_sentiment,airline_sentiment_confidence,negativereason,airline,name,text,tweet_created
11,neutral,1.0,,Delta,a,@delta hello,2015
12,positive,0.3486,,Delta,b,"@delta thanks,
you &amp; all",2015
13,negative,0.7,Bad Flight,United,c,@united no!,2015
12,positive,1.0,,Delta,b,@delta again,2015
13,positive,1.0,,United,c,another verdict,2015
570306133677760513,negative,1.0,Can't Tell,United,d,@united no!,2015
"""


@pytest.fixture
def tiny() -> Path:
    path = Path("Tweets.csv")
    path.write_text(TINY, encoding="utf-8")
    return path


def test_tweets_load_omits_rows_that_repeat_a_tweet(tiny: Path) -> None:
    found = Tweets(path="Tweets.csv", classes=3).load()
    examples = found.parts["train"]
    # The first of each stays; equal texts of different tweets are different tweets.
    assert list(examples.texts) == [
        "@delta hello",
        "@delta thanks,\nyou &amp; all",
        "@united no!",
        "@united no!",
    ]
    assert list(examples.labels) == [("neutral",), ("positive",), ("negative",), ("negative",)]
    assert [examples.place(index) for index in range(4)] == [
        f"Tweets.csv: row {row}" for row in (2, 3, 4, 7)
    ]
    assert found.notes == ["rows left out that repeat a tweet's id: 2"]


def test_tweets_load_keeps_two_classes_by_default(tiny: Path) -> None:
    examples = Tweets(path="Tweets.csv").load().parts["train"]
    assert list(examples.labels) == [("positive",), ("negative",), ("negative",)]


def test_tweets_load_keeps_labels_aligned_where_rows_are_omitted() -> None:
    rows = [
        "tweet_id,airline_sentiment,text",
        "1,positive,",
        "2,negative,two",
        ",positive,no id",
        "3,positive,three",
        "2,negative,again",
    ]
    Path("Tweets.csv").write_text("\n".join(rows), encoding="utf-8")
    found = Tweets(path="Tweets.csv").load()
    examples = found.parts["train"]
    assert list(zip(examples.texts, examples.labels, strict=True)) == [
        ("two", ("negative",)),
        ("no id", ("positive",)),
        ("three", ("positive",)),
    ]
    assert found.notes == [
        "Tweets.csv: 1 row with an empty text left out: row 2",
        "rows left out that repeat a tweet's id: 1",
    ]


def test_tweets_load_searches_rnnkit_data(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path))
    assert len(Tweets(classes=3).load().parts["train"]) == 4
    assert Tweets().fetch() == str(tmp_path / "Tweets.csv")


def test_tweets_fetch_names_the_users_own_file(tiny: Path) -> None:
    assert Tweets(path="Tweets.csv").fetch() == "Tweets.csv"


def test_tweets_load_refuses_another_file() -> None:
    with pytest.raises(RnnkitError, match=r"data\.dataset\.tweets.*: no such file: 'none\.csv'"):
        Tweets(path="none.csv").load()
    Path("in.csv").write_text("text,label\na,1\n", encoding="utf-8")
    with pytest.raises(
        RnnkitError, match=r"no column 'tweet_id' in in\.csv\. It has: 'text', 'label'"
    ):
        Tweets(path="in.csv").load()


def test_tweets_accepts_two_or_three_classes() -> None:
    base = {"task": "classification", "model": {"embedding": 4, "layers": [{"lstm": 4}]}}
    assert parse_config({**base, "data": {"dataset": {"tweets": 3}}}).data.dataset == Tweets(
        classes=3
    )
    with pytest.raises(RnnkitError, match=r"data\.dataset\.tweets\.classes"):
        parse_config({**base, "data": {"dataset": {"tweets": 4}}})


def test_remote_file_of_tweets_is_pinned() -> None:
    assert TWEETS.url.startswith("https://raw.githubusercontent.com/")
    assert len(TWEETS.url.split("/")[5]) == 40  # pinned to a commit
    assert len(TWEETS.sha256) == 64


@pytest.mark.soak
def test_tweets_load_of_the_genuine_tweets(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    assert Tweets().fetch() == str(shared_data / "tweets" / "Tweets.csv")
    found = Tweets(classes=3).load()
    examples = found.parts["train"]
    assert len(examples) == 14_485
    assert found.notes == ["rows left out that repeat a tweet's id: 155"]
    assert Counter(examples.labels).keys() == {("negative",), ("neutral",), ("positive",)}
    assert examples.texts[0] == "@VirginAmerica What @dhepburn said."
    assert examples.place(0).endswith("Tweets.csv: row 2")

    two = Tweets().load().parts["train"]
    assert [
        text
        for text, label in zip(examples.texts, examples.labels, strict=True)
        if label != ("neutral",)
    ] == list(two.texts)
    shares = Counter(two.labels)
    assert 0.79 < shares[("negative",)] / len(two) < 0.80  # the majority class

    # A split leaks no text, and has the shares of the whole.
    parts = LabelledSplit(test=0.2).drawn(two, {"validation": 0.1, "test": 0.2})
    texts = {part: {two.texts[row] for row in rows} for part, rows in parts.items()}
    assert texts["train"].isdisjoint(texts["test"] | texts["validation"])
    for rows in parts.values():
        assert sum(two.labels[row] == ("negative",) for row in rows) / len(rows) == pytest.approx(
            shares[("negative",)] / len(two), abs=0.003
        )

    cleaned = [clean(text, ["html", "links", "mentions"]) for text in two.texts]
    assert not any("http://" in text or "&amp;" in text for text in cleaned)
    assert sum("usermention" in text for text in cleaned) > 0.99 * len(two)
