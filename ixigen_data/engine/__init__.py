"""Tasks, completion records, locks and supervised workers."""
