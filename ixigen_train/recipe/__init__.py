"""The training recipe: one YAML file that says all that decides weights."""
