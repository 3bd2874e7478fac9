"""Hold-outs measured before, during and after; what a model has forgotten is told from them. Torch alone."""
