"""What watches a run: loss by part, the ledger, hold-outs, pace: one callback in Composer, over parts without it."""
