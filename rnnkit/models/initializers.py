"""The initial values of weights: keras' initializers and their arguments.

Each spec carries the name of its keras class; a contract test compares fields and defaults with
keras itself.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, FiniteFloat

from rnnkit.config.component import Component
from rnnkit.config.mistakes import mistake
from rnnkit.config.spec import Spec
from rnnkit.registry import name_of


class InitializerSpec(Spec):
    """The base of every initializer."""

    def build(self) -> Any:
        """The keras initializer; its seed follows `train.random_seed`."""
        import keras

        return getattr(keras.initializers, type(self).__name__)(**self.model_dump())


class Zeros(InitializerSpec):
    """All zeros."""


class Ones(InitializerSpec):
    """All ones."""


class Constant(InitializerSpec):
    """One value everywhere."""

    short: ClassVar[str | None] = "value"
    value: FiniteFloat = Field(0.0, description="the value of every weight")


class Identity(InitializerSpec):
    """The identity matrix times `gain` (for the recurrent kernels of ReLU networks, Le et al.
    2015).
    """

    short: ClassVar[str | None] = "gain"
    gain: FiniteFloat = Field(1.0, description="factor of the matrix")

    def build(self) -> Any:
        initializer = super().build()
        # keras' get_config omits the gain, and a bidirectional layer copies by config
        initializer.get_config = self.model_dump
        return initializer


class Orthogonal(InitializerSpec):
    """A random orthogonal matrix (Saxe et al. 2013): keras' default for recurrent kernels."""

    short: ClassVar[str | None] = "gain"
    gain: FiniteFloat = Field(1.0, description="factor of the matrix")


class RandomUniform(InitializerSpec):
    """Uniform between `minval` and `maxval`."""

    minval: FiniteFloat = Field(-0.05, description="lowest value")
    maxval: FiniteFloat = Field(0.05, description="highest value")


class RandomNormal(InitializerSpec):
    """Normal."""

    mean: FiniteFloat = Field(0.0, description="mean of the distribution")
    stddev: FiniteFloat = Field(0.05, ge=0, description="standard deviation of the distribution")


class TruncatedNormal(InitializerSpec):
    """Normal, redrawn beyond two standard deviations."""

    mean: FiniteFloat = Field(0.0, description="mean of the distribution")
    stddev: FiniteFloat = Field(0.05, ge=0, description="standard deviation of the distribution")


class VarianceScaling(InitializerSpec):
    """Scaled by the number of inputs or outputs."""

    scale: FiniteFloat = Field(1.0, gt=0, description="variance, times the number of `mode`")
    mode: Literal["fan_in", "fan_out", "fan_avg"] = Field(
        "fan_in",
        description="number that divides the variance: inputs, outputs, or the mean of the two",
    )
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = Field(
        "truncated_normal", description="shape of the distribution"
    )


class GlorotUniform(InitializerSpec):
    """Uniform, scaled by inputs and outputs (Glorot and Bengio 2010): keras' default for
    kernels."""


class GlorotNormal(InitializerSpec):
    """Normal, scaled by inputs and outputs (Glorot and Bengio 2010)."""


class HeUniform(InitializerSpec):
    """Uniform, scaled by inputs (He et al. 2015)."""


class HeNormal(InitializerSpec):
    """Normal, scaled by inputs (He et al. 2015)."""


class LecunUniform(InitializerSpec):
    """Uniform, scaled by inputs (LeCun et al. 1998)."""


class LecunNormal(InitializerSpec):
    """Normal, scaled by inputs (LeCun et al. 1998)."""


Initializer = Annotated[InitializerSpec, Component("initializer")]


def _fits_a_vector(initializer: InitializerSpec) -> InitializerSpec:
    if isinstance(initializer, Identity | Orthogonal):
        name = name_of("initializer", type(initializer))
        raise mistake(
            f"found {name!r}",
            "Expected an initializer of vectors: a bias is not a matrix",
            "Use zeros, or remove the key",
        )
    return initializer


BiasInitializer = Annotated[
    InitializerSpec, Component("initializer"), AfterValidator(_fits_a_vector)
]
