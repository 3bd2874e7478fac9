"""The rules of all rooms put together: presets, and what a recipe's `clean:` may name."""
