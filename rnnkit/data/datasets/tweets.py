"""Tweets about US airlines with their sentiment."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from rnnkit.data.datasets.kinds.labelled import LabelledDataset
from rnnkit.data.formats.csv import Csv
from rnnkit.data.raw.labelled import Labelled
from rnnkit.data.read.columns import Columns
from rnnkit.data.read.download import RemoteFile
from rnnkit.data.read.files import find_file
from rnnkit.data.read.labelled import read_labelled
from rnnkit.errors import at

TWEETS = RemoteFile(
    name="Tweets.csv",
    url="https://raw.githubusercontent.com/eidehua/Real-Time-SciVi/d172fa9b83b3b78ed37b3c39bfc21f9465874ff1/twitter-airline-sentiment/Tweets.csv",
    sha256="31aa9f9f90d9da372d1522b463cd0d43128d274f553dcf10b15fb17cdd71df10",
    local_names=("tweets/Tweets.csv", "Tweets.csv"),
)


class Tweets(LabelledDataset):
    """Twitter US Airline Sentiment (CrowdFlower, February 2015): 14,640 tweets; 155 of them repeat
    a tweet's id and are left out.

    `data.clean` says what becomes of mentions, links and HTML entities.
    """

    short: ClassVar[str | None] = "classes"
    origin: ClassVar[str] = (
        "CrowdFlower's Twitter US Airline Sentiment; a public copy that is pinned to a commit and a"
        " checksum"
    )
    licence: ClassVar[str] = "CC BY-NC-SA 4.0"
    example: ClassVar[str | None] = "@united thank you for the lovely flight"
    classes: Literal[2, 3] = Field(
        2, description="2: negative and positive, as in the tutorials; 3: neutral too"
    )
    path: str | None = Field(
        None, description="your own copy of Tweets.csv; found or downloaded by default"
    )

    def load(self) -> Labelled:
        with at(self.config_key()):
            path = find_file(self.path, "a CSV file") if self.path else TWEETS.locate()
            ids, _ = read_labelled(Csv().read(path), Columns("tweet_id", "airline_sentiment"))
            examples, notes = read_labelled(Csv().read(path), Columns("text", "airline_sentiment"))
        # a row may lack its id or its text
        id_of = {ids.place(index): tweet for index, tweet in enumerate(ids.texts)}
        tweets = [
            id_of.get(examples.place(index), f"row {index}") for index in range(len(examples))
        ]
        first_of = {tweet: index for index, tweet in reversed(list(enumerate(tweets)))}
        kept = [
            index
            for index in sorted(first_of.values())
            if self.classes == 3 or examples.labels[index] != ("neutral",)
        ]
        repeated = len(examples) - len(first_of)
        return Labelled(
            {"train": examples.take(kept)},
            [*notes, f"rows left out that repeat a tweet's id: {repeated:,}"],
        )

    def fetch(self) -> str:
        with at(self.config_key("path")):
            return str(find_file(self.path, "a CSV file") if self.path else TWEETS.locate())
