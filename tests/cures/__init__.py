"""Each cure that a message names is applied, and the mistake is gone."""
