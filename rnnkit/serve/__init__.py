"""Runs over HTTP: the application, which knows predictors and what they can do, and no workflow."""
