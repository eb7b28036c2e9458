"""A run's answers to texts, sentences and sequences of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, overload

from rnnkit.api.arguments import QueryData, checked
from rnnkit.api.frames import answer_frame
from rnnkit.api.opened_run import OpenedRun
from rnnkit.api.queries import queries_of
from rnnkit.api.series import forecast_frame, series_data
from rnnkit.errors import at
from rnnkit.generation.options import merged
from rnnkit.python_messages import iterator_in_python
from rnnkit.tasks.capabilities import Forecasts, Generates, Oov, Tags, Translates
from rnnkit.workflows.forecast import steps_ahead
from rnnkit.workflows.generate import Generator
from rnnkit.workflows.trained import capable

if TYPE_CHECKING:
    import pandas as pd


class AnsweringRun(OpenedRun):
    """A run that answers; arguments as in `OpenedRun`."""

    @overload
    def generate(
        self,
        seed: str = "",
        *,
        stream: Literal[False] = False,
        oov: Oov = "error",
        condition: str | None = None,
        **options: Any,
    ) -> list[str]: ...
    @overload
    def generate(
        self,
        seed: str = "",
        *,
        stream: Literal[True],
        oov: Oov = "error",
        condition: str | None = None,
        **options: Any,
    ) -> Iterator[str]: ...
    @checked
    def generate(
        self,
        seed: str = "",
        *,
        stream: bool = False,
        oov: Oov = "error",
        condition: str | None = None,
        **options: Any,
    ) -> list[str] | Iterator[str]:
        """Texts that continue a seed.

        Args:
            seed: The text to continue.
            stream: Whether to yield the pieces of one text as they are decoded.
            oov: How out-of-vocabulary words are handled: "error", "skip" or "unk".
            condition: What the text is conditioned on, for a run that needs it: a label, or numbers
                such as "0.3 1.2".
            options: Any key of the `generate:` section, such as temperature=0.8 or num_samples=3.

        Returns:
            `num_samples` texts, each a seed with its continuation, best first if found by a beam
            search; or the pieces of one text, the seed first.

        Examples:
            >>> run.generate("had a general", max_new_tokens=3)
            ['had a general council to consider']
            >>> list(run.generate("had a general", max_new_tokens=2, stream=True))
            ['had a general', ' council', ' to']

        Raises:
            RnnkitError: If an option is unknown, or the seed is too short or has unknown words.
        """
        chosen = merged(capable(self.trained, Generates).defaults, options)
        generator = Generator(self.trained, chosen, oov, condition)
        if stream:
            return iterator_in_python(generator.stream(seed), "seed")
        with at("seed"):
            return [generated.text for generated in generator.samples(seed)]

    @checked
    def predict(
        self, data: QueryData, *, top: int | None = None, column: str | None = None
    ) -> pd.DataFrame:
        """The run's answers, as a pandas DataFrame with one row for each text.

        Args:
            data: A text; a list, an array or a Series of texts; a DataFrame or another table with
                the columns that the run was trained on; the `pathlib.Path` of a file. A tagger also
                takes lists of tokens. A run that reads sequences of numbers takes arrays
                (timesteps, features), whose lengths may differ, in a list or in one array (samples,
                timesteps, features). A forecaster takes a series, as in `forecast`.
            top: How many of the possible answers, best first: that many rows per text.
            column: The column of the text in a table; None for the run's own.

        Returns:
            The columns `text` and those of the answer: `label` and `probability`, `token` and
            `probability`, `tokens` and `tags`, `target`. The index is that of the data: a Series'
            own, else 0, 1, 2, ...; it is repeated if an answer has several rows. The answer to a
            text without a word to read is missing.

        Examples:
            >>> run.predict(["had a general", "what measures they"]).token.tolist()
            ['council', 'could']
            >>> run.predict("had a general", top=3).index.tolist()
            [0, 0, 0]
            >>> reviews.predict(["a wonderful film", "dull"]).label.tolist()
            ['good', 'bad']

        Raises:
            RnnkitError: If the run cannot answer a text; in a list, with its index.
        """
        predictor = self.trained.predictor
        if isinstance(predictor, Forecasts) and not isinstance(data, str):
            steps = steps_ahead(self.trained, series_data(data), None)
            return forecast_frame(predictor, steps)
        return answer_frame(predictor, queries_of(self.trained, data, column), top)

    @checked
    def tag(self, data: QueryData) -> pd.DataFrame:
        """The tag of each token of sentences, or of each step of sequences of numbers.

        Args:
            data: As in `predict`.

        Returns:
            A row for each token: `token` (or `step`), `tag` and `probability`. The index is the
            number of the sentence.

        Examples:
            >>> tagger.tag("Anna said nothing").token.tolist()
            ['Anna', 'said', 'nothing']

        Raises:
            RnnkitError: If the run is not a tagger, or cannot answer a sentence.
        """
        capable(self.trained, Tags)
        queries = replace(queries_of(self.trained, data), texts=None)
        return answer_frame(self.trained.predictor, queries, 1, is_choice=False)

    @checked
    def translate(self, data: QueryData) -> list[str]:
        """The targets that the run decodes for sources, such as translations.

        Args:
            data: As in `predict`.

        Returns:
            A target for each source; "" for a source without a word to read.

        Examples:
            >>> len(digits.translate(["1 2 3", "4 5"]))
            2

        Raises:
            RnnkitError: If the run decodes no targets, or cannot read a source.
        """
        capable(self.trained, Translates)
        return list(self.predict(data).target.fillna(""))
