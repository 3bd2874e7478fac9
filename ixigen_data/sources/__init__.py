"""Raw corpora to documents, split into tasks by bytes."""
