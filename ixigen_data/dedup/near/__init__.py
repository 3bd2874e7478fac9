"""Near-duplicates: signatures, pairs that are alike, and which document of them stays."""
