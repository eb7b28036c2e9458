"""What some predictors can do beyond answering: tested by isinstance, never by a task's name."""

from rnnkit.tasks.capabilities.capability import Capability
from rnnkit.tasks.capabilities.explains import About, Explains
from rnnkit.tasks.capabilities.sequences import Attends, Attention, Tags, Translates
from rnnkit.tasks.capabilities.series import Forecast, Forecasts
from rnnkit.tasks.capabilities.text import (
    Generates,
    GeneratesFromCondition,
    Oov,
    Prompt,
    ScoresTokens,
)

__all__ = [
    "About",
    "Attends",
    "Attention",
    "Capability",
    "Explains",
    "Forecast",
    "Forecasts",
    "Generates",
    "GeneratesFromCondition",
    "Oov",
    "Prompt",
    "ScoresTokens",
    "Tags",
    "Translates",
]
