"""Containment: short documents that a longer one holds."""
