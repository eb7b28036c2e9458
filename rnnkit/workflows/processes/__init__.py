"""Training by several processes: starting them, and the work of each."""
