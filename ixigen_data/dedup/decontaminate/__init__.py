"""Evaluation suites kept out of training data."""
