"""Runs compared: by a paired test on the same rows, after training them where they are not yet."""
