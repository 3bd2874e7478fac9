"""The recount from bytes, by code of its own."""
