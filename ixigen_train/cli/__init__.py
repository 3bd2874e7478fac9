"""The command line of the train side."""
