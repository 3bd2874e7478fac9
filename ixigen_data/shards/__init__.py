"""Windows to MDS shards, the index and the manifest."""
