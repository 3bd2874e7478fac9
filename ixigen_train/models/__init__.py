"""Causal language models of transformers, as training takes them."""
