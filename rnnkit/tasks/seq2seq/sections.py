"""The sections of a config for sequence to sequence."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from rnnkit.config.component import Component
from rnnkit.config.on_resume import SAME_DATA, OnResume
from rnnkit.config.spec import Spec
from rnnkit.data.datasets.kinds.pairs import PairedDataset
from rnnkit.data.encode.tokenizer_specs import TokenizerSpec, Word
from rnnkit.data.raw.row_split import PairSplit
from rnnkit.models.layers.attention import Score
from rnnkit.models.layers.embedding import Embedding
from rnnkit.tasks.checks import Mistakes
from rnnkit.tasks.task import ENCODED, LAYERS, OF_MODEL, RecurrentModel

ENCODER, DECODER = "model.encoder", "model.decoder"


class Seq2SeqSettings(Spec):
    """The task has no settings: the source of a pair is encoded, and its target decoded."""

    on_resume: ClassVar[OnResume | None] = OF_MODEL


class TextSide(Spec):
    """How the sources or the targets are read."""

    short: ClassVar[str | None] = "tokenizer"
    tokenizer: Annotated[TokenizerSpec, Component("tokenizer")] = Word()
    max_length: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="pairs with more words here (characters, for char) are left out",
    )

    def length(self, text: str) -> int:
        """The length of a text in the unit of `max_length`."""
        return len(text.split()) if self.tokenizer.cuts_at_space else len(text)

    @property
    def unit(self) -> str:
        """The unit of `max_length`."""
        return "words" if self.tokenizer.cuts_at_space else "characters"


class Seq2SeqData(Spec):
    """The `data:` section."""

    on_resume: ClassVar[OnResume | None] = ENCODED

    dataset: Annotated[PairedDataset, Component("dataset"), SAME_DATA]
    source: TextSide = TextSide()
    target: TextSide = TextSide()
    max_pairs: int | None = Field(
        None,
        ge=1,
        description=(
            "keep about this many pairs, drawn at random; all pairs of a source are kept or"
            " dropped together"
        ),
    )
    split: Annotated[PairSplit, SAME_DATA] = PairSplit()


class DecoderModel(RecurrentModel):
    """The decoder: its layers start from the encoder's last states."""

    tie_weights: bool = Field(
        False,
        description="whether the output layer shares the decoder's embedding table, without a bias",
    )


class AttentionSettings(Spec):
    """Attention to every step of the source, after the decoder's recurrent layers."""

    short: ClassVar[str | None] = "score"
    score: Score = Field(
        description="additive (Bahdanau et al. 2015) or multiplicative (Luong et al. 2015)"
    )
    units: int | None = Field(
        None,
        ge=1,
        le=65_536,
        description=(
            "the size of its output; by default the decoder's, or the embedding's where tied"
        ),
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="fraction of its output to drop")


class Seq2SeqModel(Spec):
    """The `model:` section."""

    on_resume: ClassVar[OnResume | None] = LAYERS

    encoder: RecurrentModel
    decoder: DecoderModel
    attention: AttentionSettings | None = None


def check_sections(data: Seq2SeqData, model: Seq2SeqModel) -> Mistakes:
    """Checks settings across the sections."""
    mistakes = Mistakes()
    layers, any_length = model.decoder.layers, "over texts of any length"
    mistakes.check_not_bidirectional(layers, DECODER)
    mistakes.check_not_unrolled(layers, DECODER, any_length)
    mistakes.check_carries_state(layers, DECODER, "Remove it")
    mistakes.check_has_state(layers, DECODER, "which the condition starts")
    mistakes.check_not_unrolled(model.encoder.layers, ENCODER, any_length)
    mistakes.check_has_state(model.encoder.layers, ENCODER, "whose last state starts the decoder")
    mistakes.check_reads_tokens(model.encoder.embedding, f"{ENCODER}.embedding")
    mistakes.check_reads_tokens(model.decoder.embedding, f"{DECODER}.embedding")
    if model.decoder.tie_weights and not isinstance(model.decoder.embedding, Embedding):
        got, hint = "true without an embedding", "Write `embedding: 128`"
        mistakes.add(f"{DECODER}.tie_weights", got, "Expected a table to share", hint)
    _check_tied_attention(mistakes, model)
    mistakes.check_split(data.split, "pairs", data.dataset)
    return mistakes


def _check_tied_attention(mistakes: Mistakes, model: Seq2SeqModel) -> None:
    """Checks the size of attention, the last layer before an output tied to an embedding."""
    table, attention = model.decoder.embedding, model.attention
    if not (model.decoder.tie_weights and isinstance(table, Embedding)):
        return
    if attention and attention.units not in (None, table.dim):
        got = f"{attention.units}, while the output is tied to an embedding of {table.dim}"
        mistakes.add("model.attention.units", got, f"Expected {table.dim}", "Leave it out")
