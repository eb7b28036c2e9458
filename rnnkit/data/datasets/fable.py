"""The mice in council: a text small enough to follow a next-word model step by step."""

from __future__ import annotations

from typing import ClassVar

from rnnkit.data.datasets.kinds.text import TextDataset
from rnnkit.data.raw.text import Corpus

FABLE = (
    "long ago, the mice had a general council to consider what measures they could take to outwit"
    " their common enemy, the cat . some said this, and some said that but at last a young mouse"
    " got up and said he had a proposal to make, which he thought would meet the case . you will"
    " all agree , said he , that our chief danger consists in the sly and treacherous manner in"
    " which the enemy approaches us . now, if we could receive some signal of her approach, we"
    " could easily escape from her . i venture, therefore, to propose that a small bell be"
    " procured, and attached by a ribbon round the neck of the cat. by this means we should always"
    " know when she was about, and could easily retire while she was in the neighborhood. this"
    " proposal met with general applause until an old mouse got up and said that is all very well,"
    " but who is to bell the cat? the mice looked at one another and nobody spoke. then the old"
    " mouse said it is easy to propose impossible remedies ."
)


class Fable(TextDataset):
    """Aesop's mice in council: 203 tokens, 112 different ones, when words and punctuation marks are
    separate.
    """

    origin: ClassVar[str] = "Aesop, as in the next-word tutorials"
    licence: ClassVar[str] = "public domain"

    def load(self) -> Corpus:
        return Corpus(FABLE)

    def sample(self) -> Corpus:
        return Corpus(FABLE)
