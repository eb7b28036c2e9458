"""What every optimizer has in common.

The learning rate and clipping are settings of `train`, because every optimizer has them.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from rnnkit.config.on_resume import FROM_HERE, OnResume, refused
from rnnkit.config.spec import Spec


class OptimizerSpec(Spec):
    """The base of every optimizer."""

    on_resume: ClassVar[OnResume | None] = FROM_HERE

    weight_decay: float | None = Field(
        None,
        ge=0,
        description="fraction of each weight, times the learning rate, that a step subtracts",
    )
    gradient_accumulation_steps: Annotated[
        int | None, refused("its checkpoint holds sums of gradients over so many steps")
    ] = Field(
        None,
        ge=2,
        description="steps whose gradients are averaged for one update (gradient accumulation)",
    )

    @property
    def is_lazy(self) -> bool:
        """Whether rows of an embedding that a batch does not read stay as they are."""
        return False

    def build(
        self,
        learning_rate: float,
        clip_norm: float | None,
        clip_value: float | None,
        average: float | None = None,
    ) -> Any:
        """The keras optimizer.

        Args:
            learning_rate: The first step's.
            clip_norm: The largest norm of all gradients together.
            clip_value: The largest magnitude of a single gradient.
            average: The momentum of a running average of the weights (Polyak and Juditsky 1992);
                None for no average.
        """
        import keras

        optimizer = getattr(keras.optimizers, type(self).__name__)
        averages = (
            {}
            if average is None
            else {"use_ema": True, "ema_momentum": average, "ema_overwrite_frequency": None}
        )
        return optimizer(
            learning_rate=learning_rate,
            global_clipnorm=clip_norm,
            clipvalue=clip_value,
            **averages,
            **self.model_dump(exclude={"lazy"}),  # a setting of the step, which keras lacks
        )
