"""Windows of a dataset as arrays: read, verified, and made into batches, without any Mosaic package."""
