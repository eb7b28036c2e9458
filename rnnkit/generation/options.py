"""The `generate:` section of a config: a run's own defaults."""

from __future__ import annotations

from pydantic import Field

from rnnkit.config.spec import Spec


class Generate(Spec):
    """How text is generated where the command line does not say."""

    temperature: float = Field(0.0, ge=0, le=100, description="0 for the likeliest token each time")
    max_new_tokens: int = Field(32, ge=1, description="tokens to make")
    random_seed: int | None = Field(None, ge=0, description="the seed of the draws; a new one each time where unset")
