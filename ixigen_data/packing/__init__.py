"""Token runs to windows of seq_len."""
