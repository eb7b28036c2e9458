"""The mouse fable: the text itself, and the figures that every other number about it rests on."""

from __future__ import annotations

from collections import Counter, defaultdict

from rnnkit.data.batch.rows import Windows
from rnnkit.data.dataset import Corpus
from rnnkit.data.datasets.fable import Fable
from rnnkit.data.encode.tokenizer import UNKNOWN
from rnnkit.data.encode.tokenizer_specs import Word

# As printed in the design of the project, line by line.
PRINTED = (
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


def tokens() -> list[str]:
    # Cut without rnnkit: every mark of this text stands alone once it has spaces around it.
    text = PRINTED
    for mark in ",.?":
        text = text.replace(mark, f" {mark} ")
    return text.split()


def test_fable_load_is_the_printed_text() -> None:
    assert Fable().load() == Corpus(PRINTED)
    assert Fable().sample() == Corpus(PRINTED)


def test_fable_fetch_needs_no_network() -> None:
    assert "nothing to fetch" in Fable().fetch()


def test_fable_has_203_tokens_of_112_kinds() -> None:
    assert len(tokens()) == 203
    assert len(set(tokens())) == 112

    tokenizer = Word().train(Fable().load().train)
    token_ids = tokenizer.encode(Fable().load().train)
    assert tokenizer.tokens(token_ids.tolist()) == tokens()
    assert len(set(token_ids.tolist())) == 112
    assert len(tokenizer) == 113  # and <unk>
    assert UNKNOWN not in tokenizer.tokens(token_ids.tolist())


def test_fable_has_200_windows_of_3_and_two_ambiguous_contexts() -> None:
    following: dict[str, Counter[str]] = defaultdict(Counter)
    tokenizer = Word().train(PRINTED)
    windows = Windows(tokenizer.encode(PRINTED), window=3, batch_size=200)
    for context, target in zip(windows.inputs.tolist(), windows.targets.tolist(), strict=True):
        following[" ".join(tokenizer.tokens(context))][tokenizer.vocabulary[target]] += 1

    assert len(windows) == 200
    assert sum(following[context].total() for context in following) == 200
    ambiguous = {context: set(counts) for context, counts in following.items() if len(counts) > 1}
    assert ambiguous == {"the cat .": {"some", "by"}, "up and said": {"he", "that"}}
    assert sum(max(counts.values()) for counts in following.values()) == 198
