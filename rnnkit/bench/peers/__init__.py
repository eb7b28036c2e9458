"""What rnnkit is compared with."""
