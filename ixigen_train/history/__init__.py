"""A run read back from its folder: what it was, how far it came, what it consumed, what it learnt and forgot."""
