"""From text to tokens and back: words, characters, every script, and any text that hypothesis
thinks of.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rnnkit.config import parse_config
from rnnkit.data.datasets.fable import FABLE
from rnnkit.data.encode.graphemes import visible
from rnnkit.data.encode.tokenizer import PAD, UNKNOWN, Tokenizer, indexed
from rnnkit.data.encode.tokenizer_specs import BPE, Char, TokenizerSpec, Word
from rnnkit.errors import RnnkitError, RnnkitErrors

FOX = 'The Fox said: "I can\'t eat the sour-ish grapes; the fox can!"'


def tokens(spec: TokenizerSpec, text: str) -> list[str]:
    """The tokens of a text by a vocabulary of its own."""
    tokenizer = spec.train(text)
    return tokenizer.tokens(tokenizer.encode(text).tolist())


def plain(tokenizer: Tokenizer, text: str) -> str:
    """A text as pieces of it are named."""
    return unicodedata.normalize("NFC", visible(text) if tokenizer.hides_invisible else text)


def read(spec: TokenizerSpec, text: str) -> str:
    """A text as it reads after encoding and decoding."""
    tokenizer = spec.train(text)
    return tokenizer.text(tokenizer.encode(text).tolist())


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (Word(), 'the fox said : " i can\'t eat the sour-ish grapes ; the fox can ! "'),
        (
            Word(lowercase=False),
            'The Fox said : " I can\'t eat the sour-ish grapes ; the fox can ! "',
        ),
        (Word(punctuation="removed"), "the fox said i can't eat the sour-ish grapes the fox can"),
        (
            Word(punctuation="removed", lowercase=False),
            "The Fox said I can't eat the sour-ish grapes the fox can",
        ),
        (
            Word(punctuation="kept"),
            'the fox said: "i can\'t eat the sour-ish grapes; the fox can!"',
        ),
        (
            Word(punctuation="kept", lowercase=False),
            'The Fox said: "I can\'t eat the sour-ish grapes; the fox can!"',
        ),
    ],
)
def test_word_splits_text_by_its_options(spec: Word, expected: str) -> None:
    assert tokens(spec, FOX) == expected.split()


def test_char_splits_text_into_characters() -> None:
    assert tokens(Char(), "Ab\n c\tA") == ["A", "b", "\n", " ", "c", "\t", "A"]
    assert tokens(Char(lowercase=True), "Ab A") == ["a", "b", " ", "a"]


@pytest.mark.parametrize("spec", [Word(), Word(punctuation="removed")])
@pytest.mark.parametrize(
    "word",
    [
        "don't",
        "don’t",
        "well-known",
        "mother-in-law's",
        "rock'n'roll",
        "x-ray",
        "1990s",
        "l’été",
        "covid-19",
    ],
)
def test_word_keeps_inner_apostrophes_and_hyphens(spec: Word, word: str) -> None:
    assert tokens(spec, f"a {word} b") == ["a", word, "b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'tis the dogs' -- so", "' tis the dogs ' - - so"),
        ("a--b 'a' -c-", "a - - b ' a ' - c -"),
        ("$5,000.50 at 10:30", "$ 5 , 000 . 50 at 10 : 30"),
        ("snake_case a/b e.g. 50%", "snake _ case a / b e . g . 50 %"),
        ("wait... what?!", "wait . . . what ? !"),
    ],
)
def test_word_splits_off_other_marks(text: str, expected: str) -> None:
    assert tokens(Word(), text) == expected.split()
    assert tokens(Word(punctuation="removed"), text) == [
        token for token in expected.split() if any(map(str.isalnum, token))
    ]


@pytest.mark.parametrize(
    "text",
    [
        "enemy, the cat.",
        "he said: this; that! what?",
        'he said "no", and "yes".',
        "a (small) [square] {curly} note",
        "“we met,” he wrote, “in ‘May’”.",
        "«oui» et ¿qué? ¡no!",
        "one — two – three",
        "wait... for it…",
        "it rose by 5% and fell.",
        "rock 'n' roll don't",
        "well-known -- so they say",
        "(“nested, (twice)”)",
    ],
)
def test_text_sets_spaces_as_in_prose(text: str) -> None:
    assert read(Word(lowercase=False), text) == text


def test_text_of_the_fable_reads_as_prose() -> None:
    tokenizer = Word().train(FABLE)
    text = tokenizer.text(tokenizer.encode(FABLE).tolist())
    assert text.startswith("long ago, the mice had a general council")
    assert "their common enemy, the cat. some said this, and some" in text
    assert "but who is to bell the cat? the mice" in text
    assert " ," not in text
    assert " ." not in text
    assert tokenizer.text([]) == ""


@pytest.mark.parametrize(
    ("spec", "text", "expected"),
    [
        (Word(), "Мама мыла раму. Ёлка!", ["мама", "мыла", "раму", ".", "ёлка", "!"]),
        (Word(), "今天天气很好。我很高兴!", ["今天天气很好", "。", "我很高兴", "!"]),
        (Word(), "ο Σίσυφος", ["ο", "σίσυφος"]),
        (Word(), "हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        (Word(), "hi 😀😀 👩‍👧", ["hi", "😀", "😀", "👩‍👧"]),
        (Word(), "a\u00a0b\u2003c\u2028d", ["a", "b", "c", "d"]),
        (Char(), "今天😀é", ["今", "天", "😀", "é"]),
        (Word(), "straße İstanbul", ["straße", "i̇stanbul"]),
    ],
)
def test_tokenizer_spec_splits_every_script(
    spec: TokenizerSpec, text: str, expected: list[str]
) -> None:
    assert tokens(spec, text) == expected


@pytest.mark.parametrize("spec", [Word(), Word(punctuation="kept"), Char()])
@pytest.mark.parametrize("word", ["café", "naïve", "Ångström", "ẖ", "각"])
def test_tokenizer_spec_reads_decomposed_letters_as_composed(
    spec: TokenizerSpec, word: str
) -> None:
    composed, decomposed = unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word)
    assert composed != decomposed
    np.testing.assert_array_equal(
        spec.train(composed).encode(decomposed), spec.train(composed).encode(composed)
    )
    assert spec.train(decomposed).vocabulary == spec.train(composed).vocabulary
    assert spec.train(composed).unknown(decomposed) == []


@pytest.mark.parametrize(
    "spec", [Word(), Word(punctuation="removed"), Word(punctuation="kept"), Char()]
)
def test_train_orders_ids_by_falling_frequency_after_unk(spec: TokenizerSpec) -> None:
    text = FABLE + " A café, a café; 今天 😀"
    tokenizer = spec.train(text)
    counts = Counter(tokens(spec, text))
    assert UNKNOWN not in counts
    assert tokenizer.vocabulary == [
        UNKNOWN,
        *sorted(counts, key=lambda token: (-counts[token], token)),
    ]
    assert tokenizer.unknown_id == 0
    assert len(tokenizer) == len(counts) + 1


def test_train_counts_frequencies() -> None:
    text = "b a c a\nb a d a"
    assert Word().train(text).vocabulary == [UNKNOWN, "a", "b", "c", "d"]  # 4, 2, 1, 1
    # 6, 4, 2, 1, 1, 1
    assert Char().train(text).vocabulary == [UNKNOWN, " ", "a", "b", "\n", "c", "d"]


def test_train_keeps_the_most_frequent_up_to_vocab_size() -> None:
    tokenizer = Word(vocab_size=3).train("a a a b b c")
    assert tokenizer.vocabulary == [UNKNOWN, "a", "b"]
    assert tokenizer.encode("a c b").tolist() == [1, 0, 2]
    assert Word(vocab_size=100).train("a a a b b c").vocabulary == [UNKNOWN, "a", "b", "c"]


def test_train_leaves_out_tokens_below_min_frequency() -> None:
    assert Word(min_frequency=2).train("a a a b b c").vocabulary == [UNKNOWN, "a", "b"]
    assert Word(min_frequency=3).train("a a a b b c").vocabulary == [UNKNOWN, "a"]
    assert Word(min_frequency=2, vocab_size=2).train("a a a b b c").vocabulary == [UNKNOWN, "a"]


def test_train_refuses_a_min_frequency_that_leaves_nothing() -> None:
    with pytest.raises(
        RnnkitError,
        match=r"data\.tokenizer\.word\.min_frequency: found 4, but no token occurs that often",
    ):
        Word(min_frequency=4).train("a a a b b c")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("vocab_size", 1),
        ("vocab_size", 2**70),
        ("min_frequency", 0),
        ("min_frequency", 2**70),
        ("punctuation", "dropped"),
    ],
)
def test_tokenizer_spec_refuses_options_out_of_bounds(key: str, value: object) -> None:
    data = {"dataset": "fable", "tokenizer": {"word": {key: value}}}
    with pytest.raises((RnnkitError, RnnkitErrors), match=rf"data\.tokenizer\.(word\.)?{key}"):
        parse_config(
            {
                "task": {"language_model": 3},
                "data": data,
                "model": {"embedding": 4, "layers": [{"gru": 4}]},
            }
        )


SPECS = [
    Word(),
    Word(lowercase=False),
    Word(punctuation="removed"),
    Word(punctuation="kept"),
    Word(vocab_size=20, min_frequency=2),
    Char(),
    Char(lowercase=True),
]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_load_gives_a_tokenizer_that_encodes_as_before(tmp_path: Path, spec: TokenizerSpec) -> None:
    trained = spec.train(FABLE + " Café, 😀!")
    trained.save(tmp_path / "tokenizer.json")
    loaded = spec.load(tmp_path / "tokenizer.json")
    assert loaded.vocabulary == trained.vocabulary
    for text in (FABLE, FABLE.upper(), FOX, "Cafe\u0301 😀 今天 <unk>", "", " \n"):
        np.testing.assert_array_equal(loaded.encode(text), trained.encode(text))
        assert loaded.text(loaded.encode(text).tolist()) == trained.text(
            trained.encode(text).tolist()
        )
        assert loaded.unknown(text) == trained.unknown(text)


def test_save_writes_readable_json(tmp_path: Path) -> None:
    Word().train("a café").save(tmp_path / "tokenizer.json")
    assert json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))["model"][
        "vocab"
    ] == {UNKNOWN: 0, "a": 1, "café": 2}


def saved(spec: TokenizerSpec, folder: Path) -> str:
    spec.train(FABLE).save(folder / "saved.json")
    return (folder / "saved.json").read_text(encoding="utf-8")


def damaged(tmp_path: Path) -> dict[str, bytes]:
    whole = saved(Word(), tmp_path)
    tree = json.loads(whole)
    without_unk = {**tree, "model": {**tree["model"], "vocab": {"a": 0}}, "added_tokens": []}
    with_a_gap = {
        **tree,
        "model": {**tree["model"], "vocab": {**tree["model"]["vocab"], "the": 5000}},
    }
    return {
        "empty": b"",
        "cut off": whole.encode()[: len(whole) // 2],
        "no JSON": b"\x00\x01\x02\xff",
        "not UTF-8": whole.encode("utf-16"),
        "other JSON": b'{"format": 1}',
        "a list": b"[1, 2]",
        "no <unk>": json.dumps(without_unk).encode(),
        "ids with a gap": json.dumps(with_a_gap).encode(),
    }


@pytest.mark.parametrize(
    "damage",
    [
        "empty",
        "cut off",
        "no JSON",
        "not UTF-8",
        "other JSON",
        "a list",
        "no <unk>",
        "ids with a gap",
    ],
)
def test_load_names_a_damaged_file(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(damaged(tmp_path)[damage])
    with pytest.raises(RnnkitError) as caught:
        Word().load(path)
    assert str(caught.value).startswith(f"{path}: damaged tokenizer: ")
    assert str(caught.value).endswith("Copy the run again, or train again.")


def test_load_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match=r"tokenizer\.json: no such file"):
        Word().load(tmp_path / "tokenizer.json")
    (tmp_path / "tokenizer.json").mkdir()
    with pytest.raises(RnnkitError, match=r"tokenizer\.json: damaged"):
        Word().load(tmp_path / "tokenizer.json")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    place=st.floats(0, 1, exclude_max=True),
    new=st.sampled_from(['"', "{", "}", ",", "0", "x", "null", "-1", "[]", ""]),
    length=st.integers(0, 30),
)
def test_load_reads_or_refuses_a_file_with_damage_anywhere(
    tmp_path: Path, place: float, new: str, length: int
) -> None:
    whole = saved(Word(), tmp_path)
    start = int(place * len(whole))
    path = tmp_path / "tokenizer.json"
    path.write_text(whole[:start] + new + whole[start + length :], encoding="utf-8")
    try:
        tokenizer = Word().load(path)
    except RnnkitError as error:
        assert str(path) in str(error)
    else:
        assert (tokenizer.encode("the mice") < len(tokenizer)).all()


def test_unknown_names_words_once_as_in_the_text() -> None:
    tokenizer = Word().train(FABLE)
    assert tokenizer.unknown("had a general council") == []
    assert tokenizer.unknown("The DOG had a zebra; the zebra!") == ["DOG", "zebra", ";", "!"]
    assert tokenizer.encode("had a zebra").tolist()[2] == tokenizer.unknown_id
    assert tokenizer.unknown("") == []
    assert Char().train("abc").unknown("aXbYX") == ["X", "Y"]
    assert Word(punctuation="removed").train(FABLE).unknown("the zebra; a mouse!") == ["zebra"]
    assert Word(punctuation="kept").train("the cat. a dog").unknown("the cat, a dog!") == [
        "cat,",
        "dog!",
    ]


def test_encode_known_refuses_unknown_words_and_names_near_ones() -> None:
    tokenizer = Word().train(FABLE)
    with pytest.raises(RnnkitError) as caught:
        tokenizer.encode_known("had a Generel zzz counsil")
    message = str(caught.value)
    assert message.startswith("not in the vocabulary of 112: 'Generel', 'zzz', 'counsil'.")
    assert "near 'Generel': general" in message
    assert "near 'counsil': council" in message
    assert "near 'zzz'" not in message
    assert caught.value.exit_code == 2


def test_encode_known_ignores_case_and_spacing() -> None:
    tokenizer = Word().train(FABLE)
    expected = tokenizer.encode("the cat .")
    for text in ("The CAT.", "  the\n\ncat\t.", "the cat ."):
        np.testing.assert_array_equal(tokenizer.encode_known(text), expected)
    assert tokenizer.encode("").shape == (0,)
    assert tokenizer.encode("the").dtype == np.int32


@pytest.mark.parametrize(
    "spec",
    [Word(), Word(punctuation="removed"), Word(punctuation="kept"), Word(lowercase=False), Char()],
)
def test_encode_reads_a_spelled_unk_as_unknown(spec: TokenizerSpec) -> None:
    text = "one <unk> two <unk> one <unk> . two one"
    tokenizer = spec.train(text)
    token_ids = tokenizer.encode(text).tolist()
    assert token_ids.count(tokenizer.unknown_id) == 3
    # no id is out of the vocabulary, none is unused
    assert set(token_ids) == set(range(len(tokenizer)))
    assert tokenizer.vocabulary.count(UNKNOWN) == 1
    assert tokenizer.unknown("one <unk> two") == [UNKNOWN]
    with pytest.raises(RnnkitError, match=f"'{UNKNOWN}'"):
        tokenizer.encode_known("one <unk> two")


def test_unknown_names_unk_among_other_words() -> None:
    assert Word().train(FABLE).unknown("zebra <unk> the dog") == ["zebra", UNKNOWN, "dog"]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_train_has_one_unk_in_whatever_case(spec: TokenizerSpec) -> None:
    text = "one <UNK> two <UNK> <Unk> one <unk> <un\u212a> one two three one two three"
    tokenizer = spec.train(text)
    token_ids = tokenizer.encode(text)
    assert (token_ids < len(tokenizer)).all()
    assert tokenizer.vocabulary.count(UNKNOWN) == 1
    assert tokenizer.unknown("one two three") == []


def test_encode_reads_bytes_that_are_not_utf8_as_unknown() -> None:
    # As a command line brings them: os.fsdecode(b"had a \xff")
    seed = "had a \udcff"
    tokenizer = Word().train(FABLE)
    assert tokenizer.encode(seed).tolist()[-1] == tokenizer.unknown_id
    assert tokenizer.unknown(seed) == ["\udcff"]
    with pytest.raises(RnnkitError, match=r"'\\udcff'"):
        tokenizer.encode_known(seed)
    Word().train(seed)


# Texts of any characters, and texts that are mostly words and marks, where the rules for spaces are
# at work.
ANY_TEXT = st.text(max_size=80)
PROSE = st.lists(
    st.sampled_from(
        [
            *"abc",
            "don't",
            "x-y",
            "é",
            "今",
            "😀",
            "<unk>",
            "J\u030c",
            *".,;:!?()[]{}%…’”»“‘«¿¡\"'-—_*/<>@#&",
            "...",
            "--",
            "''",
            " ",
            "  ",
            "\n",
        ]
    ),
    max_size=40,
).map("".join)
TEXTS = st.one_of(ANY_TEXT, PROSE)
SURROGATES = st.text(st.characters(), max_size=40)  # lone surrogates among them

FABLE_BY: dict[str, Tokenizer] = {str(spec): spec.train(FABLE) for spec in SPECS}


@settings(deadline=None)
@given(TEXTS)
def test_text_of_characters_gives_the_text_back(text: str) -> None:
    assert read(Char(), text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("spec", SPECS, ids=str)
@settings(deadline=None)
@given(text=TEXTS)
@example(text="J\u030cak")  # its lower case composes to one letter
@example(text="\u0130I\u0307")
@example(text="' '' \" a\"b'c")
def test_text_encodes_to_the_same_tokens(spec: TokenizerSpec, text: str) -> None:
    own = type(spec)(**{**spec.model_dump(), "min_frequency": 1})
    for tokenizer in (FABLE_BY[str(spec)], own.train(text)):
        token_ids = tokenizer.encode(text).tolist()
        assert tokenizer.encode(tokenizer.text(token_ids)).tolist() == token_ids


@pytest.mark.parametrize("spec", SPECS, ids=str)
@settings(deadline=None)
@given(text=st.one_of(TEXTS, SURROGATES))
def test_unknown_names_what_encode_lacks_in_any_text(spec: TokenizerSpec, text: str) -> None:
    tokenizer = FABLE_BY[str(spec)]
    token_ids = tokenizer.encode(text)
    assert ((token_ids >= 0) & (token_ids < len(tokenizer))).all()
    unknown = tokenizer.unknown(text)
    assert bool(unknown) == bool((token_ids == tokenizer.unknown_id).any())
    for word in unknown:
        assert word
        assert word in plain(tokenizer, text)
    if unknown:
        with pytest.raises(RnnkitError):
            tokenizer.encode_known(text)
    else:
        np.testing.assert_array_equal(tokenizer.encode_known(text), token_ids)


@pytest.mark.parametrize(
    "spec",
    [Word(), Word(punctuation="removed"), Word(punctuation="kept"), Char(), Char(lowercase=True)],
    ids=str,
)
@settings(deadline=None)
@given(text=TEXTS)
def test_unknown_is_empty_for_the_training_text(spec: TokenizerSpec, text: str) -> None:
    tokenizer = spec.train(text)
    assert [word for word in tokenizer.unknown(text) if word.lower() != UNKNOWN] == []
    assert (tokenizer.encode(text) < len(tokenizer)).all()


# With a token for padding, for texts of unequal length.

PADDED_BY: dict[str, Tokenizer] = {str(spec): spec.train(FABLE, padding=True) for spec in SPECS}


def test_train_puts_the_padding_token_first() -> None:
    tokenizer = Word().train("a b a", padding=True)
    assert tokenizer.vocabulary == [PAD, UNKNOWN, "a", "b"]
    assert (tokenizer.pad_id, tokenizer.unknown_id) == (0, 1)
    assert tokenizer.encode("a c b").tolist() == [2, 1, 3]
    assert Word().train("a b a").pad_id is None
    assert Word(vocab_size=3).train("a b a", padding=True).vocabulary == [PAD, UNKNOWN, "a"]


def test_train_counts_all_of_several_texts() -> None:
    assert Word().train("a b", "b c", "", padding=True).vocabulary == [PAD, UNKNOWN, "b", "a", "c"]
    assert Char().train("ab", "b").vocabulary == [UNKNOWN, "b", "a"]


def test_train_refuses_a_min_frequency_that_leaves_special_tokens() -> None:
    with pytest.raises(
        RnnkitError,
        match=r"data\.tokenizer\.word\.min_frequency: found 2, but no token occurs that often",
    ):
        Word(min_frequency=2).train("a b c", padding=True)


@pytest.mark.parametrize("spec", [*SPECS, BPE(vocab_size=300)], ids=str)
@pytest.mark.parametrize(
    "spelled", ["<pad>", "<PAD>", "<Pad>", "a<pad>b", "<pad><pad>", " <pad> ", "<unk><pad>"]
)
def test_encode_never_reads_a_spelled_pad_as_padding(spec: TokenizerSpec, spelled: str) -> None:
    # A model takes id 0 for the end of a text.
    for tokenizer in (
        spec.train(FABLE, padding=True),
        spec.train(f"a {spelled} b <pad> c {FABLE}", padding=True),
    ):
        assert tokenizer.vocabulary[:2] == [PAD, UNKNOWN]
        assert tokenizer.pad_id == 0
        text = f"the cat {spelled} the mice"
        assert 0 not in tokenizer.encode(text)
        assert 0 not in tokenizer.encode_all([text])[0]
        assert (tokenizer.encode(text) < len(tokenizer)).all()


def test_unknown_names_the_padding_token() -> None:
    tokenizer = Word().train("one two", padding=True)
    assert tokenizer.unknown("one <pad> two <unk> three") == [PAD, UNKNOWN, "three"]
    with pytest.raises(RnnkitError, match=r"not in the vocabulary of 2: '<pad>'"):
        tokenizer.encode_known("one <pad>")


@pytest.mark.parametrize("spec", SPECS, ids=str)
@given(texts=st.lists(st.one_of(TEXTS, SURROGATES), max_size=5))
def test_encode_all_equals_encode_one_by_one(spec: TokenizerSpec, texts: list[str]) -> None:
    for tokenizer in (FABLE_BY[str(spec)], PADDED_BY[str(spec)]):
        sequences = tokenizer.encode_all(texts)
        assert [sequences[index].tolist() for index in range(len(sequences))] == [
            tokenizer.encode(text).tolist() for text in texts
        ]
        again, pieces = tokenizer.encode_with_pieces(texts)
        assert (again.flat.tolist(), again.lengths.tolist()) == (
            sequences.flat.tolist(),
            sequences.lengths.tolist(),
        )
        assert len(pieces) == len(again.flat)
        stands_in = np.repeat(np.arange(len(texts)), again.lengths)
        assert all(
            piece in plain(tokenizer, texts[text])
            for text, piece in zip(stands_in, pieces, strict=True)
        )
        for text in texts:
            assert bool(tokenizer.unknown(text)) == bool(
                (tokenizer.encode(text) == tokenizer.unknown_id).any()
            )


def test_encode_with_pieces_gives_them_as_in_the_text() -> None:
    tokenizer = Word(lowercase=True).train("the cat e\u0301t\u00e9")
    sequences, pieces = tokenizer.encode_with_pieces(["The CAT, zebra!", "", "\u00c9T\u00c9"])
    assert pieces == ["The", "CAT", ",", "zebra", "!", "\u00c9T\u00c9"]
    assert tokenizer.tokens(sequences.flat) == [
        "the",
        "cat",
        "<unk>",
        "<unk>",
        "<unk>",
        "\u00e9t\u00e9",
    ]


def test_encode_all_takes_more_texts_than_it_encodes_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rnnkit.data.encode.tokenizer.ENCODED_AT_ONCE", 3)
    tokenizer = Word().train("a b c")
    sequences = tokenizer.encode_all(["a", "", "b b", "c", "a c", "", "b"])
    assert [sequences[index].tolist() for index in range(7)] == [
        [1],
        [],
        [2, 2],
        [3],
        [1, 3],
        [],
        [2],
    ]
    assert len(tokenizer.encode_all([])) == 0


def test_load_keeps_the_padding(tmp_path: Path) -> None:
    trained = Word().train(FABLE, padding=True)
    trained.save(tmp_path / "tokenizer.json")
    loaded = Word().load(tmp_path / "tokenizer.json")
    assert (loaded.pad_id, loaded.unknown_id, loaded.vocabulary) == (0, 1, trained.vocabulary)
    np.testing.assert_array_equal(loaded.encode("the <pad> cat"), trained.encode("the <pad> cat"))


def test_indexed_keeps_a_given_vocabulary(tmp_path: Path) -> None:
    vocabulary = [PAD, "<start>", UNKNOWN, "the", "cat's", "été"]
    tokenizer = indexed(vocabulary, r"[<>.,\n]", "<start>")
    assert (tokenizer.vocabulary, tokenizer.pad_id, tokenizer.unknown_id) == (vocabulary, 0, 2)
    assert tokenizer.encode("The  cat's,ÉTÉ.\nDog <start> <pad>").tolist() == [1, 3, 4, 5, 2, 2, 2]
    assert tokenizer.encode("").tolist() == [1]
    # the plain space alone, as keras cuts
    assert tokenizer.encode("the\u00a0cat's").tolist() == [1, 2]
    assert tokenizer.unknown("the dog, <pad>") == ["dog", "pad"]
    assert tokenizer.text([1, 3, 5]) == "<start> the été"
    sequences = tokenizer.encode_all(["the", "", "x"])
    assert [sequences[index].tolist() for index in range(3)] == [[1, 3], [1], [1, 2]]
    tokenizer.save(tmp_path / "tokenizer.json")
    assert Word().load(tmp_path / "tokenizer.json", json.loads(tokenizer.fingerprint)).encode(
        "The été"
    ).tolist() == [1, 3, 5]
