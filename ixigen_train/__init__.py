"""Shards in, checkpoints and scorecards out."""
