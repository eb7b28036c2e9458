"""Experiment trackers, each in a file of its own."""
