"""Sums by part, and what follows from them; torch alone."""
