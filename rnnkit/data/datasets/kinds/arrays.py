"""The base of data sets of labelled sequences of numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.formats.sequences import sequences_of
from rnnkit.data.memory.arrays import arrays_of, require_known_arrays
from rnnkit.data.raw.labelled import Labelled
from rnnkit.data.read.labelled_arrays import labelled_arrays


class ArrayDataset(Dataset):
    """The base of data sets of sequences of numbers, with a label per sequence or per step."""

    several: ClassVar[bool] = False
    has_features: ClassVar[bool] = False
    delimiter: ClassVar[str] = "|"
    has_own_tokenizer: ClassVar[bool] = False
    scale: Literal["standard", "none"] = Field(
        "standard",
        description="mean 0 and deviation 1 on the training set, or numbers as they are",
    )

    @abstractmethod
    def load(self, *, each_step: bool) -> Labelled:
        """Loads the sequences.

        Args:
            each_step: Whether each step has a label, or each sequence.

        Returns:
            Examples whose texts are arrays (timesteps, features) float32.

        Raises:
            RnnkitError: If they are not available, cannot be read, or have no such labels.
        """

    @abstractmethod
    def sample(self, *, each_step: bool) -> Labelled:
        """A few sequences built into rnnkit, for `--smoke`."""

    def read_further(self, data: object, *, each_step: bool) -> Labelled:
        """Reads further labelled sequences, from a file by its path or from memory.

        Raises:
            RnnkitError: If they cannot be read.
        """
        dataset = self.further
        if isinstance(data, str):
            return dataset.read(data, each_step=each_step)
        arrays = arrays_of(data)
        if isinstance(data, Mapping):
            require_known_arrays(arrays)
        examples = labelled_arrays(sequences_of(arrays, ""), arrays, "", each_step=each_step)
        return Labelled({"data": examples})

    @abstractmethod
    def read(self, path: str, *, each_step: bool) -> Labelled:
        """Reads a further file of labelled sequences.

        Raises:
            RnnkitError: If it does not exist or is invalid.
        """
