"""Copies found across all sources; which one stays."""
