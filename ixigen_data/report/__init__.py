"""Ledger and manifest to tables, a data card and one HTML page."""
