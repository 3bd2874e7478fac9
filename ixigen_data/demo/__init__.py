"""The demonstration: real corpora and a real vocabulary, from pinned packages."""
