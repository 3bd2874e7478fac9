"""Transcripts of speech: what transcribers wrote beside the words, who spoke, and how numbers and spaces are spelt."""
