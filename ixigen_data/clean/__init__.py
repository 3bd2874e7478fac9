"""Formatters and filters, one rule per file, run where a scan says that they could fire."""
