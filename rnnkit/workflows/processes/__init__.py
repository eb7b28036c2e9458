"""A training by several processes: whoever starts them, and what each of them does."""
