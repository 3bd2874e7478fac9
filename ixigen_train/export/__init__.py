"""What leaves a run: a Hugging Face folder of its weights, with a card that says what they were trained on."""
