"""Lines that many documents share: counted first, taken out where the text is read again."""
