"""What every room of the train side stands on."""
