"""What a layout costs: parameters, FLOPs, memory, and what devices give; plain arithmetic, no torch."""
