"""A tokenizer with a fingerprint, and the token store."""
