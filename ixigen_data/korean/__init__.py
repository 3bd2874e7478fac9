"""Rules for Korean: jamo, symbols and repeats; transcripts; quality."""
