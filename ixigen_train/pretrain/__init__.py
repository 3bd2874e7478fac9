"""What happens before the first step: the model's and the dataset's papers checked, a plan, ranks started."""
