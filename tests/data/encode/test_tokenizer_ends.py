"""Tokenizers whose vocabulary has <start> and <end>, for texts that are read one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnkit.data.encode.tokenizer import ENDS, PAD, UNKNOWN
from rnnkit.data.encode.tokenizer_specs import BPE, Char, TokenizerSpec, Word

SPECS = [Word(), Word(punctuation="kept", lowercase=False), Char(), BPE(vocab_size=300)]
SPELT = ["<start>", "<end>", "<END>", "<pad>", "<unk>", "a", "<", " ", "end"]


@pytest.mark.parametrize("spec", SPECS)
def test_train_puts_special_tokens_first(spec: TokenizerSpec) -> None:
    texts = ("a <end> a", "<start> b")
    assert spec.train(*texts, ends=True).vocabulary[:3] == [UNKNOWN, *ENDS]
    assert spec.train(*texts, ends=True, padding=True).vocabulary[:4] == [PAD, UNKNOWN, *ENDS]
    for made in (spec.train(*texts, ends=True), spec.train(*texts, ends=True, padding=True)):
        assert len(set(made.vocabulary)) == len(made)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(SPELT), max_size=8).map("".join), st.sampled_from(SPECS), st.booleans()
)
def test_encode_never_reads_a_spelled_end_as_the_end(
    tmp_path: Path, text: str, spec: TokenizerSpec, padding: bool
) -> None:
    made = spec.train("a b <end> c", ends=True, padding=padding)
    made.save(tmp_path / "tokenizer.json")
    reserved = {made.vocabulary.index(token) for token in (*ENDS, *([PAD] if padding else []))}
    for tokenizer in (made, spec.load(tmp_path / "tokenizer.json")):
        assert not reserved & set(tokenizer.encode(text).tolist())
        assert not reserved & set(tokenizer.encode_all([text, "a <end>"]).flat.tolist())
    assert made.unknown_id in made.encode("a <end> b").tolist()


def test_train_without_ends_reads_their_names_as_words() -> None:
    # As in a text that was tokenised beforehand.
    spec = Word(punctuation="kept")
    made = spec.train("<start> a <end> <start> b <end>")
    assert made.tokens(made.encode("<start> b <end>").tolist()) == ["<start>", "b", "<end>"]
