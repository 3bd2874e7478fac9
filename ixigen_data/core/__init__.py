"""What every room stands on: errors, units, seeds, digests, files, the ledger, documents and the step protocol."""
