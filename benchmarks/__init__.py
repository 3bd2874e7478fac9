"""Peer and ours in one run: CPU-seconds, thread pools pinned to one, a process of its own for each contender."""
