"""How far back a run learns and remembers, and its token vectors, as DataFrames."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rnnkit.api.arguments import checked
from rnnkit.api.opened_run import OpenedRun
from rnnkit.config.mistakes import shown
from rnnkit.errors import RnnkitError
from rnnkit.progress import quiet_stderr, to_stderr
from rnnkit.workflows.inspect.embeddings import embeddings
from rnnkit.workflows.inspect.gradients import gradients
from rnnkit.workflows.inspect.memory import memory
from rnnkit.workflows.inspect.token_vectors import token_vectors

if TYPE_CHECKING:
    import pandas as pd


class ProbedRun(OpenedRun):
    """A run that is probed over its data; arguments as in `OpenedRun`."""

    @checked
    def gradients(self) -> pd.DataFrame:
        """How far back the gradient of each recurrent layer reaches: the norm of dL/dh by the
        distance in steps from the loss, on batches of the run's data.

        Returns:
            A row for each direction of each layer: `layer`, `direction`, the `verdict` in words,
            its `kind` ("vanishes", "explodes" or "holds"), the `reach` in steps (missing where it
            never ends), the `rate` of a step, the spectral `radius` of the recurrent Jacobian, and
            `left`, an array: the share left at each distance, 1 at the loss. `attrs` has "part".

        Examples:
            >>> run.gradients().left[0].round(1).tolist()[0]
            1.0

        Raises:
            RnnkitError: If the run has no recurrent layer, or its data are no longer available.
        """
        import pandas as pd

        to_stderr()
        with quiet_stderr(True):
            (found,) = gradients([self._name])
        names = ["layer", "direction", "verdict", "kind", "reach", "rate", "radius", "left"]
        rows = [{name: getattr(flow, name) for name in names} for flow in found.flows]
        frame = pd.DataFrame(rows, columns=names).astype({"reach": "Int64"})
        frame.attrs = {"part": found.part}
        return frame

    @checked
    def memory(self, *, random_seed: int = 0) -> pd.DataFrame:
        """How far back an input still changes the run's answer: in rows of its data, one step is
        replaced by another from the data, at growing distances.

        Args:
            random_seed: The seed of the random draws.

        Returns:
            A row for each distance, by the steps back: the mean `change` of the answer, its
            standard `error` and the number of `rows`. `attrs` has the "verdict" in words, what is
            measured ("measure"), what a step is ("unit"), the "part", and the steps within which
            "half", "most" (95 %) and "all" of the effect lie.

        Examples:
            >>> float(run.memory().change[3])
            0.0

        Raises:
            RnnkitError: If its data are no longer available, or NumPy does not know a layer.
        """
        import pandas as pd

        if isinstance(random_seed, bool) or not isinstance(random_seed, int) or random_seed < 0:
            expected = "Expected a whole number of at least 0"
            raise RnnkitError("random_seed", f"found {shown(random_seed)}", expected)
        to_stderr()
        with quiet_stderr(True):
            found = memory(self._name, random_seed=random_seed)
        frame = pd.DataFrame(map(asdict, found.points)).set_index("steps").sort_index()
        names = ("verdict", "measure", "unit", "part")
        frame.attrs = {name: getattr(found, name) for name in names} | asdict(found.reach)
        return frame

    @checked
    def embeddings(self, *words: str, top: int = 10, layer: str | None = None) -> pd.DataFrame:
        """The tokens nearest to words, by the cosine of their vectors; without words, the nearest
        pairs of all tokens.

        Args:
            words: Tokens whose neighbours are wanted.
            top: How many neighbours of each word, or how many pairs.
            layer: The table of vectors, if there are several; None for the first.

        Returns:
            `word`, `token` and `cosine`, the nearest to each word first; for pairs `token`, `other`
            and `cosine`. `attrs["chance"]` is the cosine that one in a hundred pairs drawn at
            random exceeds.

        Examples:
            >>> run.embeddings("mice", top=2).word.tolist()
            ['mice', 'mice']

        Raises:
            RnnkitError: If there is no such word or table, or the run learns no vectors of tokens.
        """
        import pandas as pd

        found = embeddings(self._name, words, layer=layer, top=top)
        if words:
            near = [
                {"word": neighbours.word, **asdict(token)}
                for neighbours in found.neighbours
                for token in neighbours.tokens
            ]
            frame = pd.DataFrame(near, columns=["word", "token", "cosine"])
        else:
            frame = pd.DataFrame(map(asdict, found.pairs), columns=["token", "other", "cosine"])
        frame.attrs = {"chance": found.chance}
        return frame

    @checked
    def vectors(self, layer: str | None = None) -> pd.DataFrame:
        """The vector of each token that the run reads.

        Args:
            layer: As in `embeddings`.

        Returns:
            A row for each token, indexed by its text, in the order of the vocabulary, and a column
            for each number.

        Examples:
            >>> run.vectors().shape
            (113, 64)

        Raises:
            RnnkitError: If there is no such table, or the run learns no vectors of tokens.
        """
        import pandas as pd

        table = token_vectors(self._name, layer)
        return pd.DataFrame(table.vectors, index=pd.Index(table.tokens, name="token"))
