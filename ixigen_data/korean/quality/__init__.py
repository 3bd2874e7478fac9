"""Filters of Korean prose: what is too short, too odd, repeated, or an advertisement."""
