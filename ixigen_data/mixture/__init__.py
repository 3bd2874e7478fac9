"""Shares in integers, the order of windows, hold-out and settlement."""
