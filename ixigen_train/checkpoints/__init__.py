"""Checkpoints: sharded, whole or not there at all, and the same for any number of ranks; torch alone.

A checkpoint is a run's own file: torch keeps its table of contents as a pickle, which can run code when it is read.
Load those that you wrote, never one from elsewhere; what is passed on is an export (safetensors).
"""
