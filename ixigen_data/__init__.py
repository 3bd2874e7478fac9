"""Recipes of text in, token-exact MDS shards out."""
